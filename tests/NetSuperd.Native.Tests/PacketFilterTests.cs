using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Raw sockets of protocols that no program uses, on the loopback interface.</summary>
public sealed class PacketFilterTests
{
    // For experiments (RFC 3692).
    private const ProtocolType Experiment = (ProtocolType)253;

    private const byte Types = 17;

    public static TheoryData<string> Addresses => ["127.0.0.1", "::1"];

    [Theory]
    [MemberData(nameof(Addresses))]
    public void Open_PacketsFromBeforeTheFilter_AreGone(string address)
    {
        var receiver = IPAddress.Parse(address);
        using var socket = Create(receiver, Experiment);
        Send(socket, receiver, 1);
        RawSocket.Silence(socket);
        Send(socket, receiver, 2);
        socket.Bind(new IPEndPoint(receiver, 0));

        RawSocket.Open(socket, null);

        Assert.Equal(0, socket.Available);
        Send(socket, receiver, 3);
        Assert.Equal(3, Receive(socket));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public void Make_AnyTypes_ReceivesTheseTypesAndNoOthers(string address)
    {
        var receiver = IPAddress.Parse(address);
        int[][] chosen =
        [
            [0], [255], [8, 11], [0, 1, 2, 5, 6, 200, 255], [.. Enumerable.Range(0, 128).Select(i => 2 * i)], [.. Enumerable.Range(0, 256)],
        ];
        foreach (var types in chosen)
        {
            using var socket = Create(receiver, Experiment);
            socket.ReceiveBufferSize = 1 << 20;
            RawSocket.Silence(socket);
            RawSocket.Open(socket, IcmpFilter.Make(receiver.AddressFamily == AddressFamily.InterNetworkV6, types, null));
            for (var type = 0; type < IcmpFilter.Types; type++)
            {
                Send(socket, receiver, (byte)type);
            }

            var received = new List<int>();
            while (socket.Available > 0)
            {
                received.Add(Receive(socket));
            }

            Assert.Equal(types, received);
        }
    }

    [Fact]
    public void Make_WithAFilterOfSenders_AppliesBoth()
    {
        using var socket = Create(IPAddress.Loopback, Experiment);
        var (denied, next) = ((UInt128)0x7F00_0002, (UInt128)0x7F00_0003);
        var senders = SenderFilter.Make([(denied, false), (next, true)], [], admitsOthers: true);
        RawSocket.Silence(socket);
        RawSocket.Open(socket, IcmpFilter.Make(isIPv6: false, [Types], senders));
        using var other = Create(IPAddress.Loopback, Experiment);
        other.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));

        Send(other, IPAddress.Loopback, Types);
        Send(socket, IPAddress.Loopback, 1);
        Send(socket, IPAddress.Loopback, Types);

        Assert.Equal(Types, Receive(socket));
        Assert.Equal(0, socket.Available);
    }

    [Theory]
    [InlineData("127.0.0.1", ProtocolType.Icmp)]
    [InlineData("::1", ProtocolType.IcmpV6)]
    public void Restore_TheOptionsOfARawSocket_SetsThemBack(string address, ProtocolType protocol)
    {
        using var socket = Create(IPAddress.Parse(address), protocol);
        IcmpOption.Set(socket, [200]);
        var sound = SocketState.Of(socket);
        Assert.Equal("; ", Restore(socket, sound));

        IcmpOption.Set(socket, null);
        var (name, level, option) = protocol == ProtocolType.Icmp
            ? ("IP_HDRINCL", Libc.IPPROTO_IP, Libc.IP_HDRINCL)
            : ("IPV6_HDRINCL", Libc.IPPROTO_IPV6, Libc.IPV6_HDRINCL);
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(1));

        Assert.Equal($"{name}, {(protocol == ProtocolType.Icmp ? "ICMP_FILTER" : "ICMP6_FILTER")}; ", Restore(socket, sound));
        Assert.Equal("; ", Restore(socket, sound));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public unsafe void IsMoved_BoundElsewhereOrDissolved_IsTrue(string address)
    {
        var own = IPAddress.Parse(address);
        using var socket = Create(own, Experiment);
        socket.Bind(new IPEndPoint(own, 0));
        Assert.False(RawSocket.IsMoved(socket, own));
        Assert.True(RawSocket.IsMoved(socket, HostAddress.EveryOf(own.AddressFamily)));

        // An address of no family dissolves an association (connect(2)).
        fixed (byte* none = new byte[Libc.SizeOfAnyAddress])
        {
            Assert.Equal(0, Libc.connect(socket.SafeHandle, none, Libc.SizeOfAnyAddress));
        }

        Assert.True(RawSocket.IsMoved(socket, own));
    }

    private static string Restore(Socket socket, SocketState sound)
    {
        var (before, after) = sound.Restore(socket);
        return $"{string.Join(", ", before)}; {string.Join(", ", after)}";
    }

    private static Socket Create(IPAddress address, ProtocolType protocol)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: raw sockets");
        return IpSockets.Create(address.AddressFamily, SocketType.Raw, protocol);
    }

    private static void Send(Socket socket, IPAddress to, byte first) => socket.SendTo([first, 0, 0, 0], new IPEndPoint(to, 0));

    private static int Receive(Socket socket)
    {
        Assert.NotEqual(0, socket.Available);
        var packet = new byte[100];
        var length = socket.Receive(packet);
        return packet[length - 4];
    }
}
