using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

/// <summary>What the system says of the clients of a socket whose connections other processes accept.</summary>
public sealed class AcceptedConnectionsTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void Accepted_OfATcpListener_CountsNoConnectionThatWaits(string address)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.DualMode = address == "::";
        using var one = address == "::" ? listener : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        one.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        one.Listen();
        var local = (IPEndPoint)one.LocalEndPoint!;
        using var client = new TcpClient("127.0.0.1", local.Port);
        Assert.Equal(0, SocketDiagnosis.Accepted(local));

        using var accepted = one.Accept();
        Assert.Equal(1, SocketDiagnosis.Accepted(local));
        client.Client.Shutdown(SocketShutdown.Send);
        accepted.Receive(new byte[1]);
        Assert.Equal(1, SocketDiagnosis.Accepted(local));
        accepted.Dispose();
        Assert.Equal(0, SocketDiagnosis.Accepted(local));
    }

    [Fact]
    public void Accepted_OfAUnixListener_CountsNoConnectionThatWaits()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint($"\0netsuperd-{Guid.NewGuid():N}"));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(listener.LocalEndPoint!);
        Assert.Equal(0, UnixDiagnosis.Accepted(listener.SafeHandle));

        using var accepted = listener.Accept();
        Assert.Equal(1, UnixDiagnosis.Accepted(listener.SafeHandle));
        accepted.Dispose();
        Assert.Equal(0, UnixDiagnosis.Accepted(listener.SafeHandle));
    }

    [Fact]
    public async Task PassiveOpens_AfterAConnection_AreMore()
    {
        var before = TcpCounters.PassiveOpens();
        using var pair = await TcpPair.ConnectAsync();

        Assert.True(TcpCounters.PassiveOpens() > before);
    }

    [Fact]
    public void Stamp_OfADatagramSocket_ChangesWithEachDatagramThatIsRead()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Connect(server.LocalEndPoint!);
        Assert.Null(DatagramStamp.Of(server.SafeHandle));

        client.Send("one"u8);
        Assert.Null(DatagramStamp.Of(server.SafeHandle));
        server.Receive(new byte[10]);
        var first = DatagramStamp.Of(server.SafeHandle);
        Assert.NotNull(first);
        Assert.Equal(first, DatagramStamp.Of(server.SafeHandle));
        client.Send("two"u8);
        server.Receive(new byte[10]);
        Assert.NotEqual(first, DatagramStamp.Of(server.SafeHandle));
    }

    [Fact]
    public void Stamp_OfAUnixSocket_IsUnknown()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        Assert.Null(DatagramStamp.Of(socket.SafeHandle));
    }
}
