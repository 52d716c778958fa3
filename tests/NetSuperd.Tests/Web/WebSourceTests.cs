using System.Net;
using NetSuperd.Web;

namespace NetSuperd.Tests.Web;

public sealed class WebSourceTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("fe80::1%1", "fe80::")]
    public void Source_OfAnAddress_IsItOrItsNetwork(string address, string source) =>
        Assert.Equal(IPAddress.Parse(source), Source.Of(IPAddress.Parse(address)));
}
