using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Listen;

namespace NetSuperd.Server.Tests;

/// <summary>What a process that is to serve the sockets gets, and what it waits for.</summary>
[Collection(Alone.Name)]
public sealed class SocketHandoverTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly EventLoop _loop = new("test", failure => throw failure);
    private readonly ListenerSet _sockets;
    private readonly Spawner _spawner;
    private readonly SocketHandover _handover;

    public SocketHandoverTests()
    {
        _sockets = new ListenerSet(_loop, _loop, _log, TimeProvider.System, () => 0);
        _spawner = new Spawner(_loop, new ConnectionTally(_log, TimeProvider.System), _log, TimeProvider.System);
        _handover = new SocketHandover(_sockets, _spawner);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Assert.Empty(await _sockets.ApplyAsync(
        Maps.Of(Maps.Tcp(0, IPAddress.Loopback)), Receivers.Of((_, socket) => socket.Dispose()), Inheritance.None, isAllOrNone: true));

    public async ValueTask DisposeAsync()
    {
        await _sockets.StopAsync();
        _sockets.Dispose();
        _loop.Dispose();
        _spawner.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Copies_OfTheSockets_AreDescriptorsOfTheirOwn()
    {
        var (handle, name) = Assert.Single(_handover.Copies());
        using (handle)
        {
            Assert.Equal(Inheritance.StoreName(_sockets.Listeners[0].Sockets.Single().Place), name);
            Assert.NotEqual(_sockets.Listeners[0].Sockets.Single().Socket.Handle, handle.DangerousGetHandle());
        }
    }

    [Fact]
    public async Task LetGo_TheProcessThatWaits_ReadsTheEndOfThePipe()
    {
        var handles = _handover.CopiesWithChildren();
        var name = Inheritance.StoreName(_sockets.Listeners[0].Sockets.Single().Place);
        Assert.Equal([name, Inheritance.ReleaseName], handles.Select(copy => copy.Name));
        using var waits = new Epoll();
        waits.Add(handles[1].Handle, 7);
        var end = WaitAsync(waits);
        Assert.False(end.IsCompleted);

        _handover.ClosePipes();

        Assert.Equal(7, await end);
        foreach (var (handle, _) in handles)
        {
            handle.Dispose();
        }
    }

    [Fact]
    public async Task CopiesWithChildren_AskedForAgain_LeaveNoPipeOfTheFirstTime()
    {
        var first = _handover.CopiesWithChildren();
        var second = _handover.CopiesWithChildren();
        using var waits = new Epoll();
        waits.Add(first[1].Handle, 1);
        waits.Add(second[1].Handle, 2);

        Assert.Equal(1, await WaitAsync(waits));
        _handover.ClosePipes();
        foreach (var (handle, _) in first.Concat(second))
        {
            handle.Dispose();
        }
    }

    private static Task<long> WaitAsync(Epoll waits) => Task.Run(
        () =>
        {
            var ready = new List<long>();
            waits.Wait(null, ready);
            return ready[0];
        },
        Cancel).WaitAsync(Patience, Cancel);
}
