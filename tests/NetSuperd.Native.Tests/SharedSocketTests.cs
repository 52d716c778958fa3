using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

/// <summary>Whatever a child sets on a socket, it is set back or told.</summary>
public sealed class SharedSocketTests
{
    private const int Backlog = 100;

    // Values that differ from the default of most options, and that some of them take.
    private static readonly int[] Tries = [1, 0, 2, 64, 255, 1024, 5000, -1];

    public enum Kind
    {
        Tcp4,
        Tcp6,
        Udp4,
        Udp6,
        UnixStream,
        UnixDatagram,
    }

    public static TheoryData<Kind> Kinds => [.. Enum.GetValues<Kind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Restore_AnUnchangedSocket_FindsNothing(Kind kind)
    {
        using var socket = Bound(kind);
        var (setBack, left) = Restore(socket, kind);

        Assert.Empty(setBack);
        Assert.Empty(left);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public unsafe void Restore_EveryOptionThatCanBeSet_IsSetBackOrTold(Kind kind)
    {
        var tried = new List<string>();
        using var example = Bound(kind);
        foreach (var option in SocketOptionTable.Of(example))
        {
            using var socket = Bound(kind);
            var before = Read(socket, option);
            foreach (var value in Tries)
            {
                _ = Libc.setsockopt(socket.SafeHandle, option.Level, option.Number, &value, sizeof(int));
                if (!Read(socket, option).SequenceEqual(before))
                {
                    break;
                }
            }

            var isChanged = !Read(socket, option).SequenceEqual(before);
            var (setBack, left) = Restore(socket, kind);
            if (isChanged)
            {
                tried.Add(option.Name);
                Assert.Contains(option.Name, setBack.Concat(left));
                Assert.True(left.Contains(option.Name) || Read(socket, option).SequenceEqual(before), $"{option.Name} is not what it was");
            }
        }

        // Most can be set to some number or other.
        Assert.True(tried.Count >= (kind is Kind.UnixStream or Kind.UnixDatagram ? 8 : 30), string.Join(' ', tried));
        Assert.Contains("SO_PEEK_OFF", kind is Kind.Tcp4 or Kind.Tcp6 ? ["SO_PEEK_OFF"] : tried);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Restore_AFilter_IsTakenAwayUnlessItIsLocked(Kind kind)
    {
        using var socket = Bound(kind);
        ListenFilter.Attach(socket);
        Assert.Equal(["SO_ATTACH_FILTER"], Restore(socket, kind).SetBack);

        ListenFilter.Attach(socket);
        SetInt(socket, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_LOCK_FILTER, 1);
        var (setBack, left) = Restore(socket, kind);
        Assert.Empty(setBack);
        Assert.Equal(["SO_ATTACH_FILTER", "SO_LOCK_FILTER"], left.Order());
    }

    [Theory]
    [InlineData(Kind.Udp4)]
    [InlineData(Kind.Udp6)]
    public void Restore_APeer_IsTakenAway(Kind kind)
    {
        using var socket = Bound(kind);
        using var other = Bound(kind);
        socket.Connect(other.LocalEndPoint!);

        Assert.Contains("connect", Restore(socket, kind).SetBack);
        other.SendTo("x"u8, socket.LocalEndPoint!);
        Assert.True(socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead));
    }

    [Theory]
    [InlineData(Kind.Tcp4)]
    [InlineData(Kind.Tcp6)]
    public void Restore_AListenerThatHasConnected_ListensAgain(Kind kind)
    {
        using var socket = Bound(kind);
        using var other = Bound(kind);
        var server = socket.LocalEndPoint!;
        using (var spoiler = InheritedSocket.Open(Descriptor.Duplicate(socket.SafeHandle)))
        {
            spoiler.Shutdown(SocketShutdown.Both);
            ConnectAway(spoiler, other.LocalEndPoint!);
        }

        var (setBack, left) = Restore(socket, kind);
        Assert.Contains("listen", setBack);
        Assert.Empty(left);
        using var client = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(server);
    }

    [Theory]
    [InlineData(Kind.Udp4)]
    [InlineData(Kind.UnixDatagram)]
    [InlineData(Kind.UnixStream)]
    public void Restore_AShutDownThatCannotBeUndone_IsReported(Kind kind)
    {
        using var socket = Bound(kind);
        using var other = Bound(kind);
        if (kind == Kind.Udp4)
        {
            socket.Connect(other.LocalEndPoint!);
        }

        socket.Shutdown(SocketShutdown.Both);

        Assert.Contains("shutdown", Restore(socket, kind).Left);
    }

    [Theory]
    [InlineData(Kind.Udp4)]
    [InlineData(Kind.Udp6)]
    [InlineData(Kind.UnixDatagram)]
    public void Restore_AShutDownForWriting_IsReported(Kind kind)
    {
        using var socket = Bound(kind);
        using (var spoiler = InheritedSocket.Open(Descriptor.Duplicate(socket.SafeHandle)))
        {
            // On a socket without a peer the call fails, and has its effect nevertheless (inet_shutdown in net/ipv4/af_inet.c).
            try
            {
                spoiler.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                Assert.NotEqual(Kind.UnixDatagram, kind);
            }
        }

        Assert.Contains("shutdown", Restore(socket, kind).Left);
    }

    [Theory]
    [InlineData(Kind.Udp4)]
    [InlineData(Kind.Udp6)]
    public unsafe void Restore_TheBeginningOfADatagram_IsSentAndNoPartOfTheNext(Kind kind)
    {
        const int MSG_MORE = 0x8000;
        using var socket = Bound(kind);
        using var first = Bound(kind);
        using var second = Bound(kind);
        ConnectAway(socket, first.LocalEndPoint!);
        fixed (byte* secret = "secret"u8)
        {
            Assert.Equal(6, Libc.send(socket.SafeHandle, secret, 6, MSG_MORE));
        }

        Restore(socket, kind);
        socket.SendTo("answer"u8, second.LocalEndPoint!);

        Assert.Equal("secret", Received(first));
        Assert.Equal("answer", Received(second));
    }

    [Theory]
    [InlineData(Kind.Udp4, "239.1.2.3")]
    [InlineData(Kind.Udp6, "ff02::1234")]
    public void Restore_GroupsThatAChildHasJoined_AreLeft(Kind kind, string group)
    {
        using var socket = Bound(kind);
        var address = IPAddress.Parse(group);
        void Join() => socket.SetSocketOption(
            kind == Kind.Udp4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6,
            SocketOptionName.AddMembership,
            kind == Kind.Udp4 ? new MulticastOption(address, 1) : new IPv6MulticastOption(address, 1));
        Join();

        Assert.Equal(["MCAST_JOIN_GROUP"], Restore(socket, kind).SetBack);

        // EADDRINUSE where it is in the group.
        Join();
    }

    [Fact]
    public void Restore_KeysOfAListener_AreReported()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "the system tells of keys with CAP_NET_ADMIN only");
        using var socket = Bound(Kind.Tcp4);

        // struct tcp_md5sig of linux/tcp.h: the address, flags, prefix, length of the key, the key at 136.
        Span<byte> key = stackalloc byte[216];
        key.Clear();
        key[0] = Libc.AF_INET;
        IPAddress.Loopback.TryWriteBytes(key[4..], out _);
        (key[128], key[129], key[130], key[136]) = (1, 8, 3, (byte)'k');
        socket.SetRawSocketOption(Libc.IPPROTO_TCP, 32, key);

        Assert.Equal(["TCP_MD5SIG"], Restore(socket, Kind.Tcp4).Left);
    }

    [Fact]
    public void Restore_ErrorsInTheQueue_AreDropped()
    {
        using var socket = Bound(Kind.Udp4);
        using var closed = Bound(Kind.Udp4);
        var nobody = closed.LocalEndPoint!;
        closed.Dispose();
        SetInt(socket, Libc.IPPROTO_IP, Libc.IP_RECVERR, 1);
        socket.SendTo("x"u8, nobody);
        Assert.True(socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectError));

        Assert.Equal(["IP_RECVERR"], Restore(socket, Kind.Udp4).SetBack);
        Assert.False(socket.Poll(0, SelectMode.SelectError));
    }

    [Fact]
    public void Block_ANonBlockingDescriptor_MakesItBlock()
    {
        using var socket = Bound(Kind.Udp4);
        _ = Libc.fcntl(socket.SafeHandle, Libc.F_SETFL, Libc.O_NONBLOCK | Libc.O_ASYNC);

        SharedSocket.Block(socket);

        Assert.Equal(0, Libc.fcntl(socket.SafeHandle, Libc.F_GETFL, 0) & (Libc.O_NONBLOCK | Libc.O_ASYNC));
    }

    [Fact]
    public void Abandon_AListenerThatAnotherProcessHas_LeavesThePort()
    {
        using var socket = Bound(Kind.Tcp4);
        using var copy = Descriptor.Duplicate(socket.SafeHandle);
        var place = socket.LocalEndPoint!;

        SharedSocket.Abandon(socket, sharesUdp: true);
        socket.Dispose();

        using var next = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        next.Bind(place);
        next.Listen();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::")]
    public void Abandon_AUdpSocketThatAnotherProcessHas_LeavesThePortAndEveryDatagram(string address)
    {
        var local = IPAddress.Parse(address);
        using var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(local, 0));
        using var copy = Descriptor.Duplicate(socket.SafeHandle);
        var place = (IPEndPoint)socket.LocalEndPoint!;

        SharedSocket.Abandon(socket, sharesUdp: true);
        socket.Dispose();

        using var next = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        ListenOptions.SharePort(next, share: true);
        next.Bind(place);
        ListenOptions.SharePort(next, share: false);
        var target = local.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        for (var i = 0; i < 100; i++)
        {
            using var client = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            client.SendTo("x"u8, new IPEndPoint(target, place.Port));
            Assert.True(next.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead));
            next.Receive(new byte[1]);
        }
    }

    private static (IReadOnlyList<string> SetBack, IReadOnlyList<string> Left) Restore(Socket socket, Kind kind)
    {
        using var sound = Bound(kind);
        return SharedSocket.Restore(socket, kind is Kind.Udp4 or Kind.Udp6 or Kind.UnixDatagram, Backlog, SocketState.Of(sound));
    }

    private static string Received(Socket socket)
    {
        Assert.True(socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead));
        var buffer = new byte[100];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }

    private static Socket Bound(Kind kind)
    {
        var socket = kind switch
        {
            Kind.Tcp4 or Kind.Tcp6 => new Socket(Loopback(kind).AddressFamily, SocketType.Stream, ProtocolType.Tcp),
            Kind.Udp4 or Kind.Udp6 => new Socket(Loopback(kind).AddressFamily, SocketType.Dgram, ProtocolType.Udp),
            _ => UnixListener.Bind($"@netsuperd-{Guid.NewGuid():N}", kind == Kind.UnixStream ? SocketType.Stream : SocketType.Dgram),
        };
        if (kind is not (Kind.UnixStream or Kind.UnixDatagram))
        {
            // Bound to a number that was asked for, as a port of a map is: the kernel takes back one of its own choice with the peer.
            socket.Bind(new IPEndPoint(Loopback(kind), FreePorts.Next()));
        }

        if (kind is Kind.Tcp4 or Kind.Tcp6 or Kind.UnixStream)
        {
            socket.Listen(Backlog);
        }

        return socket;
    }

    private static IPAddress Loopback(Kind kind) => kind is Kind.Tcp6 or Kind.Udp6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;

    private static unsafe void ConnectAway(Socket socket, EndPoint to)
    {
        var address = to.Serialize();
        fixed (byte* start = address.Buffer.Span)
        {
            Assert.Equal(0, Libc.connect(socket.SafeHandle, start, (uint)address.Size));
        }
    }

    private static unsafe void SetInt(Socket socket, int level, int option, int value) =>
        Assert.Equal(0, Libc.setsockopt(socket.SafeHandle, level, option, &value, sizeof(int)));

    private static unsafe byte[] Read(Socket socket, SocketOption option)
    {
        var value = new byte[64];
        var length = (uint)value.Length;
        fixed (byte* start = value)
        {
            return Libc.getsockopt(socket.SafeHandle, option.Level, option.Number, start, &length) == 0 ? value[..(int)length] : [0xFF];
        }
    }
}
