using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Binding;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The table of the kinds of socket.</summary>
public sealed class TransportsTests
{
    public static TheoryData<Transport> All => [.. Enum.GetValues<Transport>()];

    [Theory]
    [MemberData(nameof(All))]
    public void EveryKind_HasARowOfItsOwn(Transport transport)
    {
        var family = transport.Family switch
        {
            TransportFamily.Unix => AddressFamily.Unix,
            TransportFamily.Vsock => Families.Vsock,
            _ => AddressFamily.InterNetwork,
        };

        Assert.Equal(transport, Transports.Of(family, transport.SocketType, transport.Protocol));
        Assert.Equal(transport, Transports.Named(transport.Word, transport.Family));
        Assert.Equal(transport.Word, Assert.Single(All.Select(row => row.Data.Word), word => word == transport.Word));
    }

    [Theory]
    [InlineData(Transport.Tcp, "TCP", true, true, false)]
    [InlineData(Transport.Udp, "UDP", false, false, true)]
    [InlineData(Transport.Mptcp, "MPTCP", true, true, false)]
    [InlineData(Transport.UdpLite, "UDPLITE", false, false, true)]
    [InlineData(Transport.Sctp, "SCTP", false, true, false)]
    [InlineData(Transport.UnixStream, "UNIX", false, true, false)]
    [InlineData(Transport.UnixDatagram, "UNIX", false, false, true)]
    [InlineData(Transport.UnixSeqpacket, "UNIX", false, false, false)]
    [InlineData(Transport.Raw, "RAW", false, false, true)]
    [InlineData(Transport.Vsock, "VSOCK", false, true, false)]
    public void EveryKind_HasTheNatureOfItsSocket(Transport transport, string protocol, bool isTcp, bool isStream, bool isDatagram) =>
        Assert.Equal(
            (protocol, isTcp, isStream, isDatagram),
            (transport.ProtocolName, transport.IsTcp, transport.IsStream, transport.IsDatagram));

    [Fact]
    public void Scope_OfEveryKind_HasTheKeysOfItsSocket() => Assert.Equal(
        [
            (Transport.Tcp, "backlog nodelay device reuse_port"), (Transport.Udp, "device reuse_port"),
            (Transport.Mptcp, "backlog nodelay device reuse_port"), (Transport.UdpLite, "device reuse_port"),
            (Transport.Sctp, "backlog device reuse_port"), (Transport.UnixStream, "backlog type"),
            (Transport.UnixDatagram, "type"), (Transport.UnixSeqpacket, "backlog type"), (Transport.Raw, "device types"),
            (Transport.Vsock, "backlog"),
        ],
        Enum.GetValues<Transport>().Select(transport => (transport, string.Join(
            ' ',
            new Key<Port>[]
                {
                    PortKeys.Backlog, PortKeys.NoDelay, PortKeys.Device, PortKeys.ReusePort, PortKeys.Type, PortKeys.Types,
                }
                .Where(key => (key.Scope & transport.Scope) != 0).Select(key => key.Name)))));

    [Fact]
    public void Words_OfTheScopeOfEveryKeyOfASocket_AreThere() =>
        Assert.All(PortKeys.All.Where(key => key.Scope != Scope.Always), key => Assert.NotEmpty(PortScope.Words(key.Scope)));

    [Theory]
    [InlineData("stream", TransportFamily.Ip)]
    [InlineData("vsock", TransportFamily.Ip)]
    [InlineData("tcp", TransportFamily.Unix)]
    [InlineData("TCP", TransportFamily.Ip)]
    [InlineData("", TransportFamily.Ip)]
    public void Named_AWordOfTheOtherFamilyOrOfNone_IsNoKind(string word, TransportFamily family) =>
        Assert.Null(Transports.Named(word, family));

    [Theory]
    [InlineData(AddressFamily.InterNetworkV6, SocketType.Stream, Transport.Tcp)]
    [InlineData(AddressFamily.InterNetwork, SocketType.Dgram, Transport.Udp)]
    public void Of_AProtocolThatNoKindHas_IsTheFirstKindWithItsType(AddressFamily family, SocketType type, Transport transport) =>
        Assert.Equal(transport, Transports.Of(family, type, ProtocolType.Unknown));

    [Fact]
    public void PortSpace_OfAVariantOfAProtocol_IsThatOfTheProtocol()
    {
        Assert.Equal(Transport.Tcp, Transport.Mptcp.PortSpace);
        Assert.Equal(Transport.Udp, Transport.Udp.PortSpace);
        Assert.Equal(Transport.UdpLite, Transport.UdpLite.PortSpace);
        Assert.Equal(["tcp", "udp", "tcp", "udp", "sctp"], new[]
        {
            Transport.Tcp, Transport.Udp, Transport.Mptcp, Transport.UdpLite, Transport.Sctp,
        }.Select(transport => transport.ServicesWord));
    }

    [Theory]
    [InlineData("TCP", "TCP")]
    [InlineData("MPTCP", "TCP")]
    [InlineData("UDP", "UDP")]
    [InlineData("UDPLITE", "UDP")]
    [InlineData("SCTP", "SCTP")]
    [InlineData("NONE", "NONE")]
    public void VariablesOf_AProtocol_HaveTheNameThatProgramsKnow(string protocol, string variables) =>
        Assert.Equal(variables, Transports.VariablesOf(protocol));

    [Fact]
    public void MayBecome_AnotherProtocolOfTheSameType_IsForTheProtocolItselfOnly()
    {
        Assert.True(Transport.Tcp.MayBecome(Transport.Mptcp));
        Assert.True(Transport.Mptcp.MayBecome(Transport.Mptcp));
        Assert.False(Transport.Mptcp.MayBecome(Transport.Tcp));
        Assert.True(Transport.Udp.MayBecome(Transport.UdpLite));
        Assert.True(Transport.Tcp.MayBecome(Transport.Sctp));
        Assert.False(Transport.Sctp.MayBecome(Transport.Tcp));
        Assert.False(Transport.Udp.MayBecome(Transport.Mptcp));
        Assert.False(Transport.Tcp.MayBecome(Transport.UnixStream));
        Assert.False(Transport.Tcp.MayBecome(Transport.Vsock));
    }

    [Fact]
    public void Of_ARawSocketOfAnyProtocol_IsRaw() => Assert.Equal(
        Transport.Raw, Transports.Of(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp));

    [Fact]
    public void Of_ASocketOfAnotherType_IsNoKind() =>
        Assert.Null(Transports.Of(AddressFamily.InterNetwork, SocketType.Rdm, ProtocolType.Icmp));
}
