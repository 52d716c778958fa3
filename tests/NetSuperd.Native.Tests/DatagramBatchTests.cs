using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <summary>Datagrams of UDP with recvmmsg(2) and sendmmsg(2).</summary>
public sealed class DatagramBatchTests() : DatagramBatchSystemTests(LinuxSystem.Instance)
{
    [Fact]
    public void Answer_ToAnotherAddressThanThatOfTheRoute_LeavesFromIt() =>
        Answer_ToAClient_LeavesFromTheAddressThatWasAsked("0.0.0.0", "127.0.0.77");

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
    [InlineData("0.0.0.0", "127.0.0.9", 0)]
    [InlineData("::", "::1", 1)]
    public void Arrival_BeforeTheSocketWasPrepared_IsKnown(string bound, string asked, int at)
    {
        var address = IPAddress.Parse(bound);
        var server = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        server.Bind(new IPEndPoint(address, 0));
        var client = Client(server, asked);
        client.Send("early"u8);
        AwaitOn(server);
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
        var server = Server(bound);

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
    public async Task Receive_AQueueOfForty_BringsThirtyTwoWithOneCall()
    {
        var server = Server("127.0.0.1");
        var client = Client(server, "127.0.0.1");
        client.Send([0]);
        AwaitOn(server);
        var memoryOfOne = Queued(server);
        for (byte i = 1; i < 40; i++)
        {
            client.Send([i]);
        }

        await Waiting.UntilAsync(() => Queued(server) >= 40 * memoryOfOne, "all arrive");

        _ = Batch.Receive(server.SafeHandle, isUnix: false);
        Assert.Equal(Enumerable.Range(0, 32), Enumerable.Range(0, Batch.Count).Select(i => (int)Batch.Data(i)[0]));
        _ = Batch.Receive(server.SafeHandle, isUnix: false);
        Assert.Equal(Enumerable.Range(32, 8), Enumerable.Range(0, Batch.Count).Select(i => (int)Batch.Data(i)[0]));
        Assert.All(Enumerable.Range(0, Batch.Count), i => Assert.Equal(client.LocalEndPoint, Batch.Remote(i)));
    }

    [Fact]
    public void Arrival_OfABroadcast_SaysSo()
    {
        var server = Server("0.0.0.0");
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
}
