using System.Net;
using NetSuperd.Logging;
using NetSuperd.Server.Config;

namespace NetSuperd.Tests.Logging;

public sealed class PeerMaskTests
{
    [Theory]
    [InlineData("192.0.2.77", "192.0.2.0/24")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")]
    [InlineData("fe80::1", "fe80::/48")]
    public void Apply_Prefix_KeepsTheNetworkOnly(string address, string network)
    {
        Assert.Equal(network, PeerMask.Apply(IPAddress.Parse(address), LogAddress.Prefix));
        Assert.Equal(network, PeerMask.Apply(new IPEndPoint(IPAddress.Parse(address), 4711), LogAddress.Prefix));
    }

    [Fact]
    public void Apply_AnAddressOfAnInterface_NamesTheInterface()
    {
        var address = IPAddress.Parse("fe80::1%1");

        Assert.Equal("fe80::1%lo", PeerMask.Apply(address, LogAddress.Full));
        Assert.Equal("[fe80::1%lo]:4711", PeerMask.Apply(new IPEndPoint(address, 4711), LogAddress.Full));
        Assert.Equal("fe80::/48", PeerMask.Apply(address, LogAddress.Prefix));
    }

    [Fact]
    public void Apply_FullAndNone_ShowAndHideTheWholeAddress()
    {
        var end = new IPEndPoint(IPAddress.Loopback, 1);

        Assert.Same(end, PeerMask.Apply(end, LogAddress.Full));
        Assert.Equal("-", PeerMask.Apply(end, LogAddress.None));
        Assert.Equal("-", PeerMask.Apply(IPAddress.Loopback, LogAddress.None));
        Assert.Equal("-", PeerMask.Apply(null, LogAddress.None));
    }

    [Fact]
    public void Shown_AnEndOfVsock_IsMaskedAsAnAddressIs()
    {
        var end = new VsockEndPoint(3, 51234);

        Assert.Same(end, PeerMask.Shown("Peer", end, LogAddress.Full));
        Assert.Equal("vsock:3", PeerMask.Shown("Peer", end, LogAddress.Prefix));
        Assert.Equal("-", PeerMask.Shown("Peer", end, LogAddress.None));
        Assert.Same(end, PeerMask.Shown("Local", end, LogAddress.None));
    }
}
