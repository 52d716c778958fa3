using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Several loops can share the clients of one listening socket.</summary>
public sealed class SharedListenerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly EventLoop _loop;

    public SharedListenerTests() => _loop = new EventLoop("test", new Epoll(), _failures.Enqueue);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Loops_ThatShareAListeningSocket_ShareItsClients_AndOneThatIsHeldUpKeepsNoneWaiting()
    {
        using var other = new EventLoop("other", new Epoll(), _failures.Enqueue);
        using var listener = TcpPair.Listen(IPAddress.Loopback);
        listener.Blocking = false;
        var latch = new Latch();
        var accepted = new ConcurrentQueue<Socket>();
        var count = new Counter();
        var watcher = new Watcher(events =>
        {
            while (Accept(listener) is { } socket)
            {
                accepted.Enqueue(socket);
                count.Ready(events);
            }
        });
        _loop.Watch(listener.SafeHandle, watcher, Events.Read);
        other.Watch(listener.SafeHandle, watcher, Events.Read);
        await latch.HoldAsync(_loop);

        // Only the other loop is there to accept them.
        await ConnectAsync(listener, 50);
        await count.ReachesAsync(50);

        latch.Release();
        await ConnectAsync(listener, 50);
        await count.ReachesAsync(100);
        Assert.Equal(100, accepted.Select(socket => socket.RemoteEndPoint).Distinct().Count());
        Assert.All(accepted, socket => socket.Dispose());
        Assert.Empty(_failures);
    }

    private static Socket? Accept(Socket listener)
    {
        try
        {
            return listener.Accept();
        }
        catch (SocketException none) when (none.SocketErrorCode == SocketError.WouldBlock)
        {
            return null;
        }
    }

    private static async Task ConnectAsync(Socket listener, int clients)
    {
        for (var i = 0; i < clients; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndPoint!, Cancel).AsTask().WaitAsync(Patience, Cancel);
        }
    }
}
