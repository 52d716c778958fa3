using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class HostAddressTests
{
    [Theory]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::ffff:0.0.0.0", false)]
    [InlineData("::1", false)]
    public void IsEvery_AnAddress_IsTrueOfOneForEachFamily(string text, bool isEvery)
    {
        var address = IPAddress.Parse(text);

        Assert.Equal(isEvery, HostAddress.IsEvery(address));
        Assert.Equal(isEvery, HostAddress.Every.Contains(address));
        Assert.True(HostAddress.IsEvery(HostAddress.EveryOf(address.AddressFamily)));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.1.2.3", true)]
    [InlineData("192.0.2.77", false)]
    [InlineData("2001:db8::77", false)]
    public void IsThere_AnAddress_IsWhatCanBeBound(string address, bool isThere) =>
        Assert.Equal(isThere, AddressProbe.IsThere(IPAddress.Parse(address)));

    [Fact]
    public void IsThere_OnADeviceThatIsNone_IsNotKnown() => Assert.True(AddressProbe.IsThere(IPAddress.Parse("192.0.2.77"), "nosuchif0"));

    [Theory]
    [InlineData(AddressFamily.InterNetwork, Libc.IPPROTO_IP, Libc.IP_FREEBIND)]
    [InlineData(AddressFamily.InterNetworkV6, Libc.IPPROTO_IPV6, Libc.IPV6_FREEBIND)]
    public void IsOptional_ASocketThatMayBeBoundToAnyAddress_Is(AddressFamily family, int level, int option)
    {
        Assert.SkipUnless(family == AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "no IPv6");
        using var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        Assert.False(AddressProbe.IsOptional(socket));

        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(1));

        Assert.True(AddressProbe.IsOptional(socket));
    }
}
