using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.Native.Tests;

public sealed class DatagramBatchTests : IDisposable
{
    private readonly DatagramBatch _batch = new();
    private readonly List<Socket> _sockets = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("netsuperd-").FullName;

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _batch.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Receive_AnEmptyQueue_BringsNothing()
    {
        Assert.Null(_batch.Receive(Server(IPAddress.Any).SafeHandle, isUnix: false));

        Assert.Equal(0, _batch.Count);
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.77")]
    [InlineData("::", "::1")]
    public void Answer_OfASocketOnEveryAddress_LeavesFromTheOneThatWasAsked(string bound, string asked)
    {
        var server = Server(IPAddress.Parse(bound));
        var client = Client(server, asked);
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        Assert.Equal(client.LocalEndPoint, _batch.Remote(0));
        Assert.Equal(IPAddress.Parse(asked), _batch.Local(0));
        Assert.True(_batch.TryAnswer(0, "world"u8));
        _batch.Send();

        // The client is connected: it hears nobody else.
        Assert.Equal("world"u8, Hear(client));
        Assert.Equal((1, 0), (_batch.Sent, _batch.Unsent));
    }

    [Fact]
    public void Answer_OfASocketForBothFamilies_LeavesFromTheOneThatWasAsked()
    {
        var server = Keep(new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        server.DualMode = true;
        server.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        DatagramBatch.Prepare(server);
        var client = Client(server, "127.0.0.9");
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        var port = ((IPEndPoint)client.LocalEndPoint!).Port;
        Assert.Equal(new DatagramArrival(AddressFamily.InterNetwork, 0x7F000001, port, 0x7F000009, 1, IsForMany: false), _batch.Arrival(0));
        Assert.Equal(client.LocalEndPoint, _batch.Remote(0));
        Assert.Equal(IPAddress.Parse("127.0.0.9"), _batch.Local(0));
        Assert.True(_batch.TryAnswer(0, "world"u8));
        _batch.Send();
        Assert.Equal("world"u8, Hear(client));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_507)]
    public void Data_OfEveryLength_IsWholeBothWays(int length)
    {
        var server = Server(IPAddress.Loopback);
        var client = Client(server, "127.0.0.1");
        var sent = new byte[length];
        new Random(1).NextBytes(sent);
        client.Send(sent);

        Assert.Equal(sent, Take(server));
        Assert.False(_batch.IsTruncated(0));
        Assert.True(_batch.TryAnswer(0, _batch.Data(0)));
        _batch.Send();
        Assert.Equal(sent, Hear(client));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.9", 0)]
    [InlineData("::", "::1", 1)]
    public void Arrival_OfOneThatCameBeforeTheSocketWasPrepared_IsKnownNevertheless(string bound, string asked, int at)
    {
        var address = IPAddress.Parse(bound);
        var server = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        server.Bind(new IPEndPoint(address, 0));
        var client = Client(server, asked);
        client.Send("early"u8);
        DatagramBatch.Prepare(server);

        Assert.Equal("early"u8, Take(server));
        Assert.Equal(IPAddress.Parse(asked), _batch.Local(0));
        Assert.Equal((at, true, false), (_batch.Arrival(0).Interface, _batch.Arrival(0).IsLocal, _batch.Arrival(0).IsForMany));
        Assert.True(_batch.TryAnswer(0, "late"u8));
        _batch.Send();
        Assert.Equal("late"u8, Hear(client));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.77")]
    [InlineData("::", "::1")]
    public void Answer_OfASocketThatTellsMoreOfADatagram_LeavesFromTheOneThatWasAsked(string bound, string asked)
    {
        var server = Server(IPAddress.Parse(bound));

        // Timestamping= of systemd.socket(5).
        server.SetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_TIMESTAMPNS, BitConverter.GetBytes(1));
        var client = Client(server, asked);
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        Assert.Equal(IPAddress.Parse(asked), _batch.Local(0));
        Assert.True(_batch.Arrival(0).IsLocal);
        Assert.True(_batch.TryAnswer(0, "world"u8));
        _batch.Send();
        Assert.Equal("world"u8, Hear(client));
    }

    [Fact]
    public void Answer_ToABroadcastAddress_IsForbiddenWhateverTheSocketMightDo()
    {
        var address = IPAddress.Parse("127.255.255.255");
        var server = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        server.EnableBroadcast = true;
        server.Bind(new IPEndPoint(IPAddress.Any, 0));
        DatagramBatch.Prepare(server);

        Assert.Equal(
            SocketError.AccessDenied,
            Assert.Throws<SocketException>(() => server.SendTo("x"u8, new IPEndPoint(address, 9))).SocketErrorCode);
    }

    [Fact]
    public void Receive_MoreThanABatch_BringsThemInOrder()
    {
        var server = Server(IPAddress.Loopback);
        var client = Client(server, "127.0.0.1");
        for (byte i = 0; i < 40; i++)
        {
            client.Send([i]);
        }

        _ = _batch.Receive(server.SafeHandle, isUnix: false);
        Assert.Equal(Enumerable.Range(0, 32), Enumerable.Range(0, _batch.Count).Select(i => (int)_batch.Data(i)[0]));
        _ = _batch.Receive(server.SafeHandle, isUnix: false);
        Assert.Equal(Enumerable.Range(32, 8), Enumerable.Range(0, _batch.Count).Select(i => (int)_batch.Data(i)[0]));
        Assert.All(Enumerable.Range(0, _batch.Count), i => Assert.Equal(client.LocalEndPoint, _batch.Remote(i)));
    }

    [Fact]
    public void Answer_MoreThanThereIsRoomFor_GoesOutInBetween()
    {
        var server = Server(IPAddress.Loopback);
        var client = Client(server, "127.0.0.1");
        client.ReceiveBufferSize = 8 << 20;
        client.Send("x"u8);
        _ = Take(server);

        for (var i = 0; i < 40; i++)
        {
            Assert.True(_batch.TryAnswer(0, [(byte)i]));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.True(_batch.TryAnswer(0, new byte[65_507]));
        }

        _batch.Send();
        Assert.Equal((45, 0), (_batch.Sent, _batch.Unsent));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal([(byte)i], Hear(client));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(65_507, Hear(client).Length);
        }
    }

    [Fact]
    public void Answer_ThatTheSystemDoesNotTake_CostsNobodyElse()
    {
        var server = Unix("server");
        var full = Unix("full");
        var other = Unix("other");
        full.SendTo("1"u8, server.LocalEndPoint!);
        other.SendTo("2"u8, server.LocalEndPoint!);
        _ = _batch.Receive(server.SafeHandle, isUnix: true);

        // Nobody reads: the queue of a socket that is not connected has an end (unix(7), max_dgram_qlen).
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(_batch.TryAnswer(0, "to full"u8));
        }

        Assert.True(_batch.TryAnswer(1, "to other"u8));
        _batch.Send();
        Assert.Equal(1001, _batch.Sent + _batch.Unsent);
        Assert.InRange(_batch.Unsent, 1, 999);
        Assert.Equal("to other"u8, Hear(other));
    }

    [Fact]
    public void Receive_FromAUnixSocketWithoutName_CannotBeAnswered()
    {
        var server = Unix("server");
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(server.LocalEndPoint!);
        client.Send("x"u8);

        Assert.Equal("x"u8, Take(server, isUnix: true));
        Assert.Null(_batch.Remote(0));
        Assert.Equal(AddressFamily.Unix, _batch.Arrival(0).Family);
        Assert.False(_batch.TryAnswer(0, "y"u8));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answer_ToANameThatNoStringHas_ArrivesAndTheNameIsTold(bool isPath)
    {
        // As long as a path can be, without a NUL, or bytes that are no UTF-8.
        var name = isPath
            ? Encoding.UTF8.GetBytes(Path.Combine(_folder, "x").PadRight(Libc.SizeOfUnixPath, 'x'))
            : [0, .. Enumerable.Repeat((byte)0xFF, Libc.SizeOfUnixPath - 1)];
        var server = Unix("server");
        var client = Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        client.Bind(new RawName(name));
        client.SendTo("x"u8, server.LocalEndPoint!);

        Assert.Equal("x"u8, Take(server, isUnix: true));
        Assert.Equal(name, _batch.Remote(0)!.Serialize().Buffer[sizeof(ushort)..(sizeof(ushort) + name.Length)].ToArray());
        Assert.True(_batch.TryAnswer(0, "y"u8));
        _batch.Send();
        Assert.Equal("y"u8, Hear(client));
    }

    [Fact]
    public void Receive_LongerThanTheRoom_IsToldAndTheNextIsWhole()
    {
        var server = Unix("server");
        var client = UnixClient("client");
        client.SendBufferSize = 1 << 20;
        client.Send(new byte[65_537]);
        client.Send(new byte[65_536]);
        _ = _batch.Receive(server.SafeHandle, isUnix: true);

        Assert.Equal([true, false], Enumerable.Range(0, _batch.Count).Select(_batch.IsTruncated));
        Assert.Equal(65_536, _batch.Data(1).Length);
    }

    [Fact]
    public unsafe void Receive_DescriptorsThatComeAlong_AreNotInstalled()
    {
        var server = Unix("server");
        var client = UnixClient("client");
        var sent = new FileInfo($"/proc/self/fd/{client.Handle}").LinkTarget;
        var control = stackalloc byte[24];
        for (var i = 0; i < 5; i++)
        {
            var header = (Libc.ControlHeader*)control;
            *header = new Libc.ControlHeader { cmsg_len = 20, cmsg_level = Libc.SOL_SOCKET, cmsg_type = Libc.SCM_RIGHTS };
            *(int*)(header + 1) = (int)client.Handle;
            byte x = 1;
            var part = new Libc.Part { iov_base = &x, iov_len = 1 };
            var message = new Libc.MessageHeader { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = 24 };
            Assert.Equal(1, Libc.sendmsg(client.SafeHandle, &message, 0));
        }

        _ = _batch.Receive(server.SafeHandle, isUnix: true);
        Assert.Equal(5, _batch.Count);
        Assert.Single(Directory.EnumerateFileSystemEntries("/proc/self/fd"), fd => new FileInfo(fd).LinkTarget == sent);
    }

    [Fact]
    public void Arrival_OfADatagramForEverybody_SaysSo()
    {
        var server = Server(IPAddress.Any);
        var client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        client.EnableBroadcast = true;
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        client.SendTo("x"u8, new IPEndPoint(IPAddress.Parse("127.255.255.255"), ((IPEndPoint)server.LocalEndPoint!).Port));
        _ = Take(server);

        Assert.True(_batch.Arrival(0).IsForMany);
        Assert.True(_batch.Arrival(0).IsLocal);
    }

    private byte[] Take(Socket server, bool isUnix = false)
    {
        Assert.Null(_batch.Receive(server.SafeHandle, isUnix));
        Assert.Equal(1, _batch.Count);
        return _batch.Data(0).ToArray();
    }

    private Socket Server(IPAddress address)
    {
        var server = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            server.DualMode = false;
        }

        server.Bind(new IPEndPoint(address, 0));
        DatagramBatch.Prepare(server);
        return server;
    }

    private Socket Client(Socket server, string asked)
    {
        var address = IPAddress.Parse(asked);
        var client = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        client.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : address, 0));
        client.Connect(address, ((IPEndPoint)server.LocalEndPoint!).Port);
        return client;
    }

    private Socket Unix(string name)
    {
        var socket = Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, name)));
        return socket;
    }

    private Socket UnixClient(string name)
    {
        var client = Unix(name);
        client.Connect(new UnixDomainSocketEndPoint(Path.Combine(_folder, "server")));
        return client;
    }

    private static byte[] Hear(Socket client)
    {
        client.ReceiveTimeout = 10_000;
        var buffer = new byte[70_000];
        return buffer[..client.Receive(buffer)];
    }

    private Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>The name of a unix socket, byte by byte.</summary>
    private sealed class RawName(byte[] name) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Unix;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Unix, sizeof(ushort) + name.Length);
            name.CopyTo(address.Buffer[sizeof(ushort)..]);
            return address;
        }
    }
}
