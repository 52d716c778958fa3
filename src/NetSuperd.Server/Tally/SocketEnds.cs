using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tally;

/// <summary>Both ends of a connection.</summary>
/// <param name="Local">The own end.</param>
/// <param name="Peer">The client's end.</param>
/// <param name="Credentials">The client's user, group and process, for a unix socket.</param>
internal readonly record struct SocketEnds(EndPoint Local, EndPoint Peer, PeerCredentials? Credentials)
{
    // A client of a unix socket is usually unnamed (unix(7)), and its name tells nothing: one empty address stands for all of them.
    private static readonly EndPoint Unnamed =
        new UnixDomainSocketEndPoint("/").Create(new SocketAddress(AddressFamily.Unix, sizeof(short)));

    /// <summary>The ends of a connection; null where the client has gone, and its address with it.</summary>
    public static SocketEnds? Of(StreamSocket socket) =>
        socket.IsUnix ? new SocketEnds(socket.Local() ?? Unnamed, Unnamed, socket.Credentials())
        : !socket.Family.IsIp ? OfVsock(socket)
        : socket.Peer() is { } peer && socket.Local() is { } local ? new SocketEnds(Unmapped(local), Unmapped(peer), null)
        : null;

    private static SocketEnds? OfVsock(StreamSocket socket) =>
        socket.VsockEnds() is var (local, peer) ? new SocketEnds(EndOf(local), EndOf(peer), null) : null;

    private static VsockEndPoint EndOf(VsockAddress address) => new(address.Cid, address.Port);

    /// <summary>A service manager may have bound one socket for both families: its IPv4 clients are shown as IPv4 all the same.</summary>
    public static EndPoint Unmapped(EndPoint end) =>
        end is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port) : end;
}
