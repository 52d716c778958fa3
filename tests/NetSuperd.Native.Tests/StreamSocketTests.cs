using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class StreamSocketTests : IDisposable
{
    private readonly List<IDisposable> _open = [];

    public void Dispose() => _open.ForEach(socket => socket.Dispose());

    [Fact]
    public void Accept_AConnection_IsCloseOnExecAndBlocking()
    {
        var (_, server) = Connect(IPAddress.Loopback);

        Assert.Equal(Libc.FD_CLOEXEC, Libc.fcntl(server, Libc.F_GETFD, 0));
        Assert.Equal(0, Libc.fcntl(server, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Ends_OfAConnection_MatchItsClient(string address)
    {
        var (client, server) = Connect(IPAddress.Parse(address));

        Assert.Equal((client.LocalEndPoint, client.RemoteEndPoint), (server.Peer(), server.Local()));
        Assert.Equal(client.AddressFamily, server.Family);
    }

    [Fact]
    public void Ends_OfAUnixConnection_AreItsPathAndNothing()
    {
        var path = new UnixDomainSocketEndPoint($"\0netsuperd-{Guid.NewGuid():N}");
        var (_, server) = Connect(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), path);

        Assert.Equal(path, server.Local());
        Assert.Null(server.Peer());
    }

    [Fact]
    public async Task Peer_AClientThatHasReset_IsNull()
    {
        var (client, server) = Connect(IPAddress.Loopback);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        await Polling.UntilAsync(() => server.Peer() is null, "the reset comes");
    }

    [Fact]
    public async Task Receive_NothingThenBytesThenTheEnd_ReturnsEach()
    {
        var (client, server) = Connect(IPAddress.Loopback);
        var buffer = new byte[10];
        Assert.True(server.Receive(buffer).MustWait);
        Assert.True(server.Receive([]).MustWait);
        Assert.Equal((true, null), (server.Peek(buffer).MustWait, server.Peek(buffer).Failure));

        client.Send("abc"u8);
        await Polling.UntilAsync(() => server.Receive([]).Count == 0, "bytes come");
        Assert.Equal(2, server.Peek(buffer.AsSpan(0, 2)).Count);
        var received = server.Receive(buffer);
        Assert.Equal((3, null, false), (received.Count, received.Failure, received.MustWait));
        Assert.Equal("abc"u8, buffer.AsSpan(0, 3));

        client.Shutdown(SocketShutdown.Send);
        await Polling.UntilAsync(() => server.Receive(buffer) is { Count: 0 }, "the end comes");
    }

    [Fact]
    public async Task Send_MoreThanTheSystemTakes_IsReportedAndNoSignalEndsTheProcess()
    {
        var (client, server) = Connect(IPAddress.Loopback);
        var buffer = new byte[1 << 20];
        var sent = 0L;
        Transfer last;
        while ((last = server.Send(buffer)).Count > 0)
        {
            sent += last.Count;
        }

        Assert.True(last.MustWait);
        Assert.True(sent > 0);
        server.EndSending();
        Assert.Equal(Errno.EPIPE, server.Send(buffer).Failure);

        var received = 0L;
        int count;
        while ((count = await client.ReceiveAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            received += count;
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public void Reset_AConnection_SendsRst()
    {
        var (client, server) = Connect(IPAddress.Loopback);

        server.Reset();

        Assert.True(server.IsClosed);
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => client.Receive(new byte[1])).SocketErrorCode);
    }

    [Fact]
    public async Task Finish_WhatAnotherProcessHasClosed_DeliversWhatItHasSent()
    {
        var (client, server) = Connect(IPAddress.Loopback);
        var sent = 0;
        using (var other = Copy(server))
        {
            var buffer = new byte[1 << 16];
            while (sent < 1 << 20 && other.Send(buffer) is { Count: > 0 and var count })
            {
                sent += count;
            }

            other.EndSending();
        }

        server.Finish();

        var (received, part) = (0, new byte[1000]);
        while (await client.ReceiveAsync(part, TestContext.Current.CancellationToken) is > 0 and var count)
        {
            received += count;
        }

        Assert.True(server.IsClosed);
        Assert.Equal(sent, received);
    }

    [Fact]
    public void Finish_WhatAnotherProcessStillHas_EndsIt()
    {
        var (client, server) = Connect(IPAddress.Loopback);
        using var other = Copy(server);

        server.Finish();

        Assert.Equal(0, client.Receive(new byte[1]));
        Assert.Equal(Errno.EPIPE, other.Send("x"u8).Failure);
        Assert.Equal(0, other.Receive(new byte[1]).Count);
    }

    [Fact]
    public void Calls_OnAClosedConnection_AreNoExceptions()
    {
        var (_, server) = Connect(IPAddress.Loopback);
        server.Dispose();

        Assert.Equal(Errno.EBADF, server.Receive(new byte[1]).Failure);
        Assert.Equal(Errno.EBADF, server.Send(new byte[1]).Failure);
        server.EndSending();
        server.Reset();
        server.Finish();
        Assert.Null(TcpInfoReader.Of(server));
    }

    [Fact]
    public void ToSocket_OwnsTheConnectionFromThenOn()
    {
        var (client, server) = Connect(IPAddress.Loopback);
        using var socket = server.ToSocket();
        server.Dispose();

        socket.Send("x"u8);
        Assert.Equal(1, client.Receive(new byte[1]));
    }

    private static LinuxStreamSocket Copy(StreamSocket socket) => LinuxStreamSocket.Of(Descriptor.Duplicate(socket), socket.Family);

    private (Socket Client, LinuxStreamSocket Server) Connect(IPAddress address) =>
        Connect(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(address, 0));

    private (Socket Client, LinuxStreamSocket Server) Connect(Socket listener, EndPoint address)
    {
        using (listener)
        {
            listener.Bind(address);
            listener.Listen();
            var client = new Socket(listener.AddressFamily, SocketType.Stream, listener.ProtocolType);
            _open.Add(client);
            client.Connect(listener.LocalEndPoint!);
            LinuxStreamSocket? server;
            while ((server = StreamListener.Accept(listener)) is null)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }

            _open.Add(server);
            return (client, server);
        }
    }
}
