using System.Net.Sockets;

namespace NetSuperd.Abstractions.Tests;

public sealed class VsockEndPointTests
{
    [Theory]
    [InlineData(3u, 51234u, "vsock:3:51234")]
    [InlineData(4294967294u, 4294967294u, "vsock:4294967294:4294967294")]
    [InlineData(VsockEndPoint.EveryCid, 7001u, "vsock:7001")]
    [InlineData(3u, 0u, "vsock:3")]
    public void ToString_AnEnd_IsWrittenAsInMaps(uint cid, uint port, string text) =>
        Assert.Equal(text, new VsockEndPoint(cid, port).ToString());

    [Fact]
    public void Equals_TheSameContextAndPort_AreOneEnd()
    {
        var end = new VsockEndPoint(3, 7001);

        Assert.Equal(new VsockEndPoint(3, 7001), end);
        Assert.Equal(new VsockEndPoint(3, 7001).GetHashCode(), end.GetHashCode());
        Assert.NotEqual(new VsockEndPoint(4, 7001), end);
        Assert.NotEqual(new VsockEndPoint(3, 7002), end);
        Assert.Equal(AddressFamily.Unknown, end.AddressFamily);
    }
}
