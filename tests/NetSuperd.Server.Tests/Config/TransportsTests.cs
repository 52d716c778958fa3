using System.Net.Sockets;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The table of the kinds of socket.</summary>
public sealed class TransportsTests
{
    public static TheoryData<Transport> All => [.. Enum.GetValues<Transport>()];

    [Theory]
    [MemberData(nameof(All))]
    public void EveryKind_HasARowOfItsOwn(Transport transport)
    {
        var family = transport.IsUnix ? AddressFamily.Unix : AddressFamily.InterNetwork;

        Assert.Equal(transport, Transports.Of(family, transport.SocketType));
        Assert.Equal(transport, Transports.Named(transport.Word, transport.IsUnix));
        Assert.Equal(transport.Word, Assert.Single(All.Select(row => row.Data.Word), word => word == transport.Word));
        Assert.Equal(transport, Assert.Single(Enum.GetValues<Transport>(), other => other.Scope == transport.Scope));
    }

    [Theory]
    [InlineData(Transport.Tcp, false)]
    [InlineData(Transport.Udp, true)]
    [InlineData(Transport.UnixStream, false)]
    [InlineData(Transport.UnixDatagram, true)]
    [InlineData(Transport.UnixSeqpacket, false)]
    public void IsDatagram_OfAKind_IsWhetherItTakesNoConnections(Transport transport, bool isDatagram) =>
        Assert.Equal(isDatagram, transport.IsDatagram);

    [Theory]
    [InlineData("stream", false)]
    [InlineData("tcp", true)]
    [InlineData("TCP", false)]
    [InlineData("", false)]
    public void Named_AWordOfTheOtherFamilyOrOfNone_IsNoKind(string word, bool isUnix) => Assert.Null(Transports.Named(word, isUnix));

    [Fact]
    public void Of_ARawSocket_IsNoKind() => Assert.Null(Transports.Of(AddressFamily.InterNetwork, SocketType.Raw));
}
