using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Sockets with the address of a client: <see cref="StreamConnect.From"/>.</summary>
public sealed class StreamConnectTests
{
    public StreamConnectTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root uses addresses of others");

    [Theory]
    [InlineData("127.0.0.9")]
    [InlineData("::1")]
    public async Task From_Client_KeepsTheAddressAndThePort(string address)
    {
        using var socket = From(address);
        var own = (IPEndPoint)socket.Local()!;
        Assert.Equal(IPAddress.Parse(address), own.Address);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(SocketError.InvalidArgument, BindAgain(socket));
            using var target = TcpPair.Listen(socket.Family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback);
            Assert.Same(socket, StreamConnect.Begin(target.LocalEndPoint!, socket).Socket);
            using var accepted = await target.AcceptAsync(TestContext.Current.CancellationToken);
            Assert.Equal(own, accepted.RemoteEndPoint);
            Same(socket).Disconnect(reuseSocket: true);
            Assert.Equal(SocketError.InvalidArgument, BindAgain(socket));
        }
    }

    [Fact]
    public void From_Clients_LeavePortsToConnectionsAndServers()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t').Select(int.Parse).ToArray();
        for (var i = 0; i < 100; i++)
        {
            using var socket = From("127.0.0.9");
            var port = ((IPEndPoint)socket.Local()!).Port;
            Assert.False(port >= range[0] && port <= range[1], $"port {port}");

            using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            server.Bind(new IPEndPoint(IPAddress.Any, port));
            server.Listen();
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("127.255.255.255")]
    [InlineData("::")]
    public void Begin_FromNoAddressOfAHost_Fails(string address)
    {
        using var socket = From(address);
        using var target = TcpPair.Listen(socket.Family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback);

        Assert.Equal(new ConnectStart(null, Errno.EADDRNOTAVAIL), StreamConnect.Begin(target.LocalEndPoint!, socket));
        Assert.True(socket.IsClosed);
    }

    [Fact]
    public void From_AddressOfAGroup_Fails() => Assert.NotNull(StreamConnect.From(IPAddress.Parse("ff02::1")).Failure);

    private static StreamSocket From(string client)
    {
        var (socket, failure) = StreamConnect.From(IPAddress.Parse(client));
        Assert.Null(failure);
        return socket!;
    }

    /// <summary>A worker without rights could reach targets from any address, if this were possible.</summary>
    private static SocketError BindAgain(StreamSocket socket)
    {
        var other = IPAddress.Parse(socket.Family == AddressFamily.InterNetwork ? "203.0.113.7" : "2001:db8::7");
        return Assert.Throws<SocketException>(() => Same(socket).Bind(new IPEndPoint(other, 0))).SocketErrorCode;
    }
    private static Socket Same(StreamSocket socket) => new(new SafeSocketHandle(socket.DangerousGetHandle(), ownsHandle: false));
}
