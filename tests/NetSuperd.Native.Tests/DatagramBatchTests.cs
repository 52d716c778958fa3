using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Datagrams of UDP, many with one call: received, and answered from the address that was asked.</summary>
public sealed class DatagramBatchTests : TestedDatagramBatch
{
    [Fact]
    public void Receive_AnEmptyQueue_BringsNothing()
    {
        Assert.Null(Batch.Receive(Server(IPAddress.Any).SafeHandle, isUnix: false));

        Assert.Equal(0, Batch.Count);
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
        Assert.Equal(client.LocalEndPoint, Batch.Remote(0));
        Assert.Equal(IPAddress.Parse(asked), Batch.Local(0));
        Assert.True(Batch.TryAnswer(0, "world"u8));
        Batch.Send();

        // The client is connected: it receives from no other address.
        Assert.Equal("world"u8, Hear(client));
        Assert.Equal((1, 0), (Batch.Sent, Batch.Unsent));
    }

    [Fact]
    public void Answer_OfASocketForBothFamilies_LeavesFromTheOneThatWasAsked()
    {
        var server = Keep(new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        server.DualMode = true;
        server.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        LinuxDatagramBatch.Prepare(server);
        var client = Client(server, "127.0.0.9");
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        var port = ((IPEndPoint)client.LocalEndPoint!).Port;
        Assert.Equal(new DatagramArrival(AddressFamily.InterNetwork, 0x7F000001, port, 0x7F000009, 1, IsForMany: false), Batch.Arrival(0));
        Assert.Equal(client.LocalEndPoint, Batch.Remote(0));
        Assert.Equal(IPAddress.Parse("127.0.0.9"), Batch.Local(0));
        Assert.True(Batch.TryAnswer(0, "world"u8));
        Batch.Send();
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
        Assert.False(Batch.IsTruncated(0));
        Assert.True(Batch.TryAnswer(0, Batch.Data(0)));
        Batch.Send();
        Assert.Equal(sent, Hear(client));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.9", 0)]
    [InlineData("::", "::1", 1)]
    public void Arrival_BeforeTheSocketWasPrepared_IsKnown(string bound, string asked, int at)
    {
        var address = IPAddress.Parse(bound);
        var server = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        server.Bind(new IPEndPoint(address, 0));
        var client = Client(server, asked);
        client.Send("early"u8);
        Arrival.AwaitOn(server);
        LinuxDatagramBatch.Prepare(server);

        Assert.Equal("early"u8, Take(server));
        Assert.Equal(IPAddress.Parse(asked), Batch.Local(0));
        Assert.Equal((at, true, false), (Batch.Arrival(0).Interface, Batch.Arrival(0).IsLocal, Batch.Arrival(0).IsForMany));
        Assert.True(Batch.TryAnswer(0, "late"u8));
        Batch.Send();
        Assert.Equal("late"u8, Hear(client));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.77")]
    [InlineData("::", "::1")]
    public void Answer_OfASocketWithOtherControlMessages_LeavesFromTheOneThatWasAsked(string bound, string asked)
    {
        var server = Server(IPAddress.Parse(bound));

        // Timestamping= of systemd.socket(5).
        server.SetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_TIMESTAMPNS, BitConverter.GetBytes(1));
        var client = Client(server, asked);
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        Assert.Equal(IPAddress.Parse(asked), Batch.Local(0));
        Assert.True(Batch.Arrival(0).IsLocal);
        Assert.True(Batch.TryAnswer(0, "world"u8));
        Batch.Send();
        Assert.Equal("world"u8, Hear(client));
    }

    [Fact]
    public void Answer_ToABroadcastAddress_IsForbiddenEvenIfTheSocketMaySendIt()
    {
        var address = IPAddress.Parse("127.255.255.255");
        var server = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        server.EnableBroadcast = true;
        server.Bind(new IPEndPoint(IPAddress.Any, 0));
        LinuxDatagramBatch.Prepare(server);

        Assert.Equal(
            SocketError.AccessDenied,
            Assert.Throws<SocketException>(() => server.SendTo("x"u8, new IPEndPoint(address, 9))).SocketErrorCode);
    }

    [Fact]
    public async Task Receive_MoreThanABatch_BringsThemInOrder()
    {
        var server = Server(IPAddress.Loopback);
        var client = Client(server, "127.0.0.1");
        client.Send([0]);
        Arrival.AwaitOn(server);
        var memoryOfOne = Queued(server);
        for (byte i = 1; i < 40; i++)
        {
            client.Send([i]);
        }

        await Polling.UntilAsync(() => Queued(server) >= 40 * memoryOfOne, "all arrive");

        _ = Batch.Receive(server.SafeHandle, isUnix: false);
        Assert.Equal(Enumerable.Range(0, 32), Enumerable.Range(0, Batch.Count).Select(i => (int)Batch.Data(i)[0]));
        _ = Batch.Receive(server.SafeHandle, isUnix: false);
        Assert.Equal(Enumerable.Range(32, 8), Enumerable.Range(0, Batch.Count).Select(i => (int)Batch.Data(i)[0]));
        Assert.All(Enumerable.Range(0, Batch.Count), i => Assert.Equal(client.LocalEndPoint, Batch.Remote(i)));
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
            Assert.True(Batch.TryAnswer(0, [(byte)i]));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.True(Batch.TryAnswer(0, new byte[65_507]));
        }

        Batch.Send();
        Assert.Equal((45, 0), (Batch.Sent, Batch.Unsent));
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
    public void Arrival_OfABroadcast_SaysSo()
    {
        var server = Server(IPAddress.Any);
        var client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        client.EnableBroadcast = true;
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        client.SendTo("x"u8, new IPEndPoint(IPAddress.Parse("127.255.255.255"), ((IPEndPoint)server.LocalEndPoint!).Port));
        _ = Take(server);

        Assert.True(Batch.Arrival(0).IsForMany);
        Assert.True(Batch.Arrival(0).IsLocal);
    }

    private static long Queued(Socket server) => SocketDiagnosis.Queued(
        ProtocolType.Udp, (IPEndPoint)server.LocalEndPoint!, SocketCookie.Of(server.SafeHandle)!.Value);

    private Socket Server(IPAddress address)
    {
        var server = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            server.DualMode = false;
        }

        server.Bind(new IPEndPoint(address, 0));
        LinuxDatagramBatch.Prepare(server);
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
}
