using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>Datagrams of UDP: received, and answered from the address that was asked.</summary>
public sealed class WindowsDatagramBatchTests : WindowsSockets
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WindowsDatagramBatch _batch = new();

    public override void Dispose()
    {
        _batch.Dispose();
        base.Dispose();
    }

    [Fact]
    public void Receive_AnEmptyQueue_BringsNothing()
    {
        Assert.Null(_batch.Receive(Server("0.0.0.0").SafeHandle, isUnix: false));

        Assert.Equal(0, _batch.Count);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::", "::1")]
    public void Answer_OfASocketOnEveryAddress_LeavesFromTheOneThatWasAsked(string bound, string asked)
    {
        var server = Server(bound);
        var client = Client(server, asked);
        client.Send("hello"u8);

        Assert.Equal("hello"u8, Take(server));
        var own = (IPEndPoint)client.LocalEndPoint!;
        Assert.Equal(own, _batch.Remote(0));
        Assert.Equal(IPAddress.Parse(asked), _batch.Local(0));
        Assert.Equal(IPAddress.Parse(asked).GetAddressBytes(), _batch.LocalBytes(0));
        var arrival = _batch.Arrival(0);
        Assert.Equal(
            (own.AddressFamily, own.Port, false, true), (arrival.Family, arrival.RemotePort, arrival.IsForMany, arrival.IsLocal));
        Assert.True(_batch.TryAnswer(0, "world"u8));
        _batch.Send();
        Assert.Equal((1, 0), (_batch.Sent, _batch.Unsent));
        Assert.Null(_batch.ReturnOf(0)!.Send(server.SafeHandle, "later"u8));
        // The client is connected: it receives from no other address.
        Assert.Equal("world"u8, Hear(client));
        Assert.Equal("later"u8, Hear(client));
    }

    [Fact(Skip = "Wine has no answers from the address of IP_PKTINFO", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Answer_ToAnotherAddressThanThatOfTheRoute_LeavesFromIt() =>
        Answer_OfASocketOnEveryAddress_LeavesFromTheOneThatWasAsked("0.0.0.0", "127.0.0.77");

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
        Assert.False(_batch.IsTruncated(0));
        Assert.True(_batch.TryAnswer(0, _batch.Data(0)));
        _batch.Send();
        Assert.Equal(sent, Hear(client));
    }

    [Fact]
    public void Answer_ToABroadcastAddress_IsForbidden()
    {
        // The name of a sender is what the packet says: that of a broadcast address cannot be made here, so the answer is sent to one.
        var server = Server("0.0.0.0");
        var name = new IPEndPoint(IPAddress.Broadcast, 9).Serialize();

        Assert.Equal(
            Errno.EACCES, new WindowsDatagramReturn(name.Buffer[..name.Size].ToArray(), []).Send(server.SafeHandle, "x"u8));
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
            Assert.True(server.Poll(Patience, SelectMode.SelectRead), "all arrive");
            Assert.Null(_batch.Receive(server.SafeHandle, isUnix: false));
            Assert.InRange(_batch.Count, 1, DatagramBatch.Most);
            received.AddRange(Enumerable.Range(0, _batch.Count).Select(i => (int)_batch.Data(i)[0]));
            Assert.All(Enumerable.Range(0, _batch.Count), i => Assert.Equal(client.LocalEndPoint, _batch.Remote(i)));
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
            Assert.True(_batch.TryAnswer(0, "answer"u8));
        }

        var client = Client(server, "127.0.0.1");
        client.Send("next"u8);

        Assert.Equal("next"u8, Take(server));
    }

    [Fact]
    public void Receive_OfAGroup_BringsNothingThatWasSentToAnotherAddress()
    {
        var server = Group(IPAddress.Parse("ff02::fb"));
        var client = Keep(new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        client.SendTo("other"u8, new IPEndPoint(IPAddress.IPv6Loopback, ((IPEndPoint)server.LocalEndPoint!).Port));

        Assert.True(server.Poll(Patience, SelectMode.SelectRead));
        Assert.Null(_batch.Receive(server.SafeHandle, isUnix: false));
        Assert.Equal((0, 0), (_batch.Count, server.Available));
    }

    [Theory(
        Skip = "Wine has no interface by its number for groups of IPv4, and its host none for groups over the loopback",
        SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    [InlineData("224.0.0.251")]
    [InlineData("ff02::fb")]
    public void Receive_OfAGroup_BringsWhatWasSentToIt(string group)
    {
        var address = IPAddress.Parse(group);
        var server = Group(address);
        var isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        var client = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        client.SetSocketOption(
            isIPv4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6,
            SocketOptionName.MulticastInterface,
            isIPv4 ? IPAddress.HostToNetworkOrder(1) : 1);
        client.SendTo("group"u8, new IPEndPoint(address, ((IPEndPoint)server.LocalEndPoint!).Port));

        Assert.Equal("group"u8, Take(server));
        Assert.True(_batch.Arrival(0).IsForMany);
        Assert.Equal(address.GetAddressBytes(), _batch.LocalBytes(0));
        Assert.True(_batch.TryAnswer(0, "answer"u8));
        Assert.Equal("answer"u8, Hear(client));
    }

    /// <summary>A socket of a group over the loopback.</summary>
    private Socket Group(IPAddress group) =>
        Keep(WindowsListener.Bind(new IPEndPoint(group, 0), SocketType.Dgram, new WindowsListenOptions { GroupInterface = 1 }));

    private byte[] Take(Socket server)
    {
        Assert.True(server.Poll(Patience, SelectMode.SelectRead), "something arrives");
        Assert.Null(_batch.Receive(server.SafeHandle, isUnix: false));
        Assert.Equal(1, _batch.Count);
        return _batch.Data(0).ToArray();
    }

    private static byte[] Hear(Socket client)
    {
        client.ReceiveTimeout = 30_000;
        var buffer = new byte[70_000];
        return buffer[..client.Receive(buffer)];
    }

    private Socket Server(string address) =>
        Keep(WindowsListener.Bind(new IPEndPoint(IPAddress.Parse(address), 0), SocketType.Dgram, new WindowsListenOptions()));

    private Socket Client(Socket server, string asked)
    {
        var address = IPAddress.Parse(asked);
        var client = Keep(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        client.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : address, 0));
        client.Connect(address, ((IPEndPoint)server.LocalEndPoint!).Port);
        return client;
    }
}
