using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <content>The sockets that have a port.</content>
public static partial class SocketDiagnosis
{
    // TCP_BOUND_INACTIVE of net/tcp_states.h since Linux 6.8; the headers for programs do not have it.
    private const int BoundInactive = 13;

    /// <summary>
    /// The sockets that keep a port of an address from being bound, of every process: those on the address and those on every address.
    /// </summary>
    /// <remarks>A kernel before 6.8 does not list sockets that are bound and neither listen nor are connected.</remarks>
    /// <param name="protocol">The protocol of the port.</param>
    /// <param name="address">The address to be bound, or a wildcard.</param>
    /// <param name="port">The port.</param>
    public static IReadOnlyList<HeldPort> HoldersOf(ProtocolType protocol, IPAddress address, int port)
    {
        // A socket on every address of IPv6 may have those of IPv4 as well.
        var found = new List<HeldPort>();
        foreach (var family in address.AddressFamily == AddressFamily.InterNetwork
            ? [Libc.AF_INET, Libc.AF_INET6]
            : new[] { Libc.AF_INET6 })
        {
            _ = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: true, Sockets(family, protocol, port), message =>
            {
                if (MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one)
                    && Connection(one) is var socket
                    && Overlaps(socket.Local.Address, address)
                    && (socket.Local.AddressFamily == address.AddressFamily || !IsIPv6Only(message)))
                {
                    found.Add(new HeldPort(UseOf(one.idiag_state, protocol), socket.Peer, one.idiag_inode));
                }
            });
        }

        return found;
    }

    // A UDP socket with a peer set by connect(2) is listed as established too (udp(7)); any other receives datagrams of every sender.
    private static PortUse UseOf(byte state, ProtocolType protocol) =>
        state == TcpInfoReader.Listening || (!IpSockets.HasTcpStates(protocol) && state != TcpInfoReader.Established) ? PortUse.Listening
        : state is BoundInactive or TcpInfo.Closed ? PortUse.Bound
        : PortUse.Connected;

    private static unsafe bool IsIPv6Only(ReadOnlySpan<byte> message) =>
        Netlink.Attribute(message[sizeof(Libc.InetDiagMessage)..], Libc.INET_DIAG_SKV6ONLY) is [not 0, ..];

    private static bool Overlaps(IPAddress held, IPAddress wanted)
    {
        var (one, other) = (Unmapped(held), Unmapped(wanted));
        return HostAddress.IsEvery(one)
            || (HostAddress.IsEvery(other) && one.AddressFamily == other.AddressFamily)
            || one.GetAddressBytes().AsSpan().SequenceEqual(other.GetAddressBytes());
    }
}

/// <summary>A socket that has a port.</summary>
/// <param name="Use">What it does there.</param>
/// <param name="Peer">The other end of a connection.</param>
/// <param name="Inode">The number by which <c>/proc</c> shows which process has it; 0 where no process has it any more.</param>
public sealed record HeldPort(PortUse Use, IPEndPoint Peer, uint Inode);

/// <summary>What a socket does on its port.</summary>
public enum PortUse
{
    /// <summary>It accepts connections, or takes datagrams.</summary>
    Listening,

    /// <summary>It is bound, and does neither.</summary>
    Bound,

    /// <summary>It is a connection, or the rest of one.</summary>
    Connected,
}
