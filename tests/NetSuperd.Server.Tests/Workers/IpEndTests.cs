using System.Net;
using System.Net.Sockets;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Server.Tests.Workers;

/// <summary>A worker sees both ends of a connection as the daemon does.</summary>
public sealed class IpEndTests
{
    [Theory]
    [InlineData("192.0.2.1:7")]
    [InlineData("255.255.255.255:65535")]
    [InlineData("[2001:db8::1]:0")]
    [InlineData("[fe80::1%4294967295]:2005")]
    [InlineData("[::ffff:192.0.2.1]:7")]
    public void End_OfIp_Arrives(string end)
    {
        var sent = IPEndPoint.Parse(end);

        Assert.Equal(sent, IpEnd.Of(sent).ToEndPoint());
    }

    [Fact]
    public void Ends_OfAnotherFamily_AreNotInTheMessage()
    {
        var message = new ConnectionMessage { Local = IpEnd.Of(new UnixDomainSocketEndPoint("/run/a")), Peer = IpEnd.Of(null) };

        Assert.Null(message.Ends);
    }
}
