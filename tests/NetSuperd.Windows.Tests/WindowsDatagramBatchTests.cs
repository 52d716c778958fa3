using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>Datagrams of UDP with WSARecvMsg and WSASendMsg, also those of groups.</summary>
public sealed class WindowsDatagramBatchTests() : DatagramBatchSystemTests(WindowsSystem.Instance)
{
    [Fact(Skip = "Wine has no answers from the address of IP_PKTINFO", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Answer_ToAnotherAddressThanThatOfTheRoute_LeavesFromIt() =>
        Answer_ToAClient_LeavesFromTheAddressThatWasAsked("0.0.0.0", "127.0.0.77");

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
    public void Receive_OfAGroup_BringsNothingThatWasSentToAnotherAddress()
    {
        var server = Group(IPAddress.Parse("ff02::fb"));
        var client = Keep(new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        client.SendTo("other"u8, new IPEndPoint(IPAddress.IPv6Loopback, ((IPEndPoint)server.LocalEndPoint!).Port));

        AwaitOn(server);
        Assert.Null(Batch.Receive(server.SafeHandle, isUnix: false));
        Assert.Equal((0, 0), (Batch.Count, server.Available));
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
        Assert.True(Batch.Arrival(0).IsForMany);
        Assert.Equal(address.GetAddressBytes(), Batch.LocalBytes(0));
        Assert.True(Batch.TryAnswer(0, "answer"u8));
        Assert.Equal("answer"u8, Hear(client));
    }

    /// <summary>A socket of a group over the loopback.</summary>
    private Socket Group(IPAddress group) =>
        Keep(WindowsListener.Bind(new IPEndPoint(group, 0), SocketType.Dgram, new WindowsListenOptions { GroupInterface = 1 }));
}
