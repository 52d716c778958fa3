using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>Datagrams of UDP, many with one call: received, and answered from the address that was asked.</summary>
public abstract class DatagramBatchSystemTests(ITestedSystem system) : TestedBatch(system)
{
    [Fact]
    public void Receive_AnEmptyQueue_BringsNothing()
    {
        Assert.Null(Batch.Receive(Server("0.0.0.0").SafeHandle, isUnix: false));

        Assert.Equal(0, Batch.Count);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::", "::1")]
    public void Answer_ToAClient_LeavesFromTheAddressThatWasAsked(string bound, string asked)
    {
        var server = Server(bound);
        var client = Client(server, asked);
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        var own = (IPEndPoint)client.LocalEndPoint!;
        Assert.Equal(own, Batch.Remote(0));
        Assert.Equal(IPAddress.Parse(asked), Batch.Local(0));
        Assert.Equal(IPAddress.Parse(asked).GetAddressBytes(), Batch.LocalBytes(0));
        var arrival = Batch.Arrival(0);
        Assert.Equal(
            (own.AddressFamily, own.Port, false, true), (arrival.Family, arrival.RemotePort, arrival.IsForMany, arrival.IsLocal));
        Assert.True(Batch.TryAnswer(0, "world"u8));
        Batch.Send();
        Assert.Equal((1, 0), (Batch.Sent, Batch.Unsent));
        Assert.Null(Batch.ReturnOf(0)!.Send(server.SafeHandle, "later"u8));

        // The client is connected: it receives from no other address.
        Assert.Equal("world"u8, Hear(client));
        Assert.Equal("later"u8, Hear(client));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_507)]
    public void Data_OfEveryLength_IsWholeBothWays(int length)
    {
        var server = Server("127.0.0.1");
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

    [Fact]
    public void Receive_MoreThanABatch_BringsThemInOrder()
    {
        var server = Server("127.0.0.1");
        var client = Client(server, "127.0.0.1");
        for (byte i = 0; i < 40; i++)
        {
            client.Send([i]);
        }

        var received = new List<int>();
        while (received.Count < 40)
        {
            AwaitOn(server);
            Assert.Null(Batch.Receive(server.SafeHandle, isUnix: false));
            Assert.InRange(Batch.Count, 1, DatagramBatch.Most);
            received.AddRange(Enumerable.Range(0, Batch.Count).Select(i => (int)Batch.Data(i)[0]));
            Assert.All(Enumerable.Range(0, Batch.Count), i => Assert.Equal(client.LocalEndPoint, Batch.Remote(i)));
        }

        Assert.Equal(Enumerable.Range(0, 40), received);
    }

    [Fact]
    public void Receive_AfterAnAnswerToAClientThatHasGone_LosesNoDatagram()
    {
        var server = Server("127.0.0.1");
        var gone = Client(server, "127.0.0.1");
        gone.Send("x"u8);
        _ = Take(server);
        gone.Dispose();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(Batch.TryAnswer(0, "answer"u8));
        }

        Batch.Send();
        var client = Client(server, "127.0.0.1");
        client.Send("next"u8);

        Assert.Equal("next"u8, Take(server));
    }

    [Fact]
    public void Answer_MoreThanThereIsRoomFor_GoesOutInBetween()
    {
        var server = Server("127.0.0.1");
        var client = Client(server, "127.0.0.1");
        client.ReceiveBufferSize = 8 << 20;
        client.Send("x"u8);
        _ = Take(server);

        for (var i = 0; i < 40; i++)
        {
            Assert.True(Batch.TryAnswer(0, [(byte)i]));
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.True(Batch.TryAnswer(0, new byte[65_507]));
        }

        Batch.Send();
        Assert.Equal((43, 0), (Batch.Sent, Batch.Unsent));
        Assert.All(Enumerable.Range(0, 40), i => Assert.Equal([(byte)i], Hear(client)));
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(65_507, Hear(client).Length));
    }

    protected Socket Server(string address) => Keep(System.Bind(IPAddress.Parse(address), SocketType.Dgram));

    /// <summary>A client that is connected to an address of a server: it receives from no other.</summary>
    protected Socket Client(Socket server, string asked)
    {
        var address = IPAddress.Parse(asked);
        var client = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        client.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : address, 0));
        client.Connect(address, ((IPEndPoint)server.LocalEndPoint!).Port);
        return client;
    }
}
