using System.Net;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Tally;

public sealed class SharedEndTests
{
    [Fact]
    public void Ends_ThatAreEqual_BecomeOneObject()
    {
        var shared = new SharedEnd();

        var first = shared.For(new IPEndPoint(IPAddress.Loopback, 1));
        var other = new IPEndPoint(IPAddress.Loopback, 2);

        Assert.Same(first, shared.For(new IPEndPoint(IPAddress.Loopback, 1)));
        Assert.Same(other, shared.For(other));
        Assert.Equal(first, shared.For(new IPEndPoint(IPAddress.Loopback, 1)));
    }
}
