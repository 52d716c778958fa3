using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <summary>Accepted connections of Linux, also those that another process has as well.</summary>
public sealed class StreamSocketTests() : StreamSocketSystemTests(LinuxSystem.Instance)
{
    [Fact]
    public void Accept_AConnection_IsCloseOnExecAndBlocking()
    {
        var (_, server) = Connect();

        Assert.Equal(Libc.FD_CLOEXEC, Libc.fcntl(server, Libc.F_GETFD, 0));
        Assert.Equal(0, Libc.fcntl(server, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    }

    [Fact]
    public void Ends_OfAUnixConnection_AreItsPathAndNothing()
    {
        var path = new UnixDomainSocketEndPoint($"\0netsuperd-{Guid.NewGuid():N}");
        var listener = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        listener.Bind(path);
        listener.Listen();
        var (_, server) = Connect(listener);

        Assert.Equal(path, server.Local());
        Assert.Null(server.Peer());
    }

    [Fact]
    public async Task Finish_WhatAnotherProcessHasClosed_DeliversWhatItHasSent()
    {
        var (client, server) = Connect();
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
        while (await client.ReceiveAsync(part, Cancel) is > 0 and var count)
        {
            received += count;
        }

        Assert.True(server.IsClosed);
        Assert.Equal(sent, received);
    }

    [Fact]
    public void Finish_WhatAnotherProcessStillHas_EndsIt()
    {
        var (client, server) = Connect();
        using var other = Copy(server);

        server.Finish();

        Assert.Equal(0, client.Receive(new byte[1]));
        Assert.Equal(Errno.EPIPE, other.Send("x"u8).Failure);
        Assert.Equal(0, other.Receive(new byte[1]).Count);
    }

    [Fact]
    public void ToSocket_OwnsTheConnectionFromThenOn()
    {
        var (client, server) = Connect();
        using var socket = ((LinuxStreamSocket)server).ToSocket();
        server.Dispose();

        socket.Send("x"u8);
        Assert.Equal(1, client.Receive(new byte[1]));
    }

    private static LinuxStreamSocket Copy(StreamSocket socket) => LinuxStreamSocket.Of(Descriptor.Duplicate(socket), socket.Family);
}
