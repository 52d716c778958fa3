using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Listen;

namespace NetSuperd.Server.Tests;

/// <summary>What an operator does with a service, and when.</summary>
[Collection(Alone.Name)]
public sealed class ServiceControlTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly EventLoop _loop = new("test", failure => throw failure);
    private readonly Map _map = Maps.Of(Maps.Tcp(0, IPAddress.Loopback));
    private readonly ChangeTurn _turn = new();
    private readonly ListenerSet _sockets;
    private readonly Spawner _spawner;
    private readonly ServiceControl _control;

    public ServiceControlTests()
    {
        _sockets = new ListenerSet(_loop, _loop, _log, TimeProvider.System, () => 0);
        _spawner = new Spawner(_loop, new ConnectionTally(_log, TimeProvider.System), _log, TimeProvider.System);
        _control = new ServiceControl(_sockets, _spawner, _turn, _log, _map);
    }

    private ListenerState State => Assert.Single(_sockets.Listeners).State;

    public async ValueTask InitializeAsync() => Assert.Empty(await _sockets.ApplyAsync(
        _map, Receivers.Of((_, socket) => socket.Dispose()), Inheritance.None, isAllOrNone: true));

    public async ValueTask DisposeAsync()
    {
        await _sockets.StopAsync();
        _sockets.Dispose();
        _loop.Dispose();
        _spawner.Dispose();
        _turn.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Pause_AService_LastsUntilItIsResumed()
    {
        Assert.True(await Soon(_control.PauseAsync("echo")));
        Assert.Equal(["echo"], _sockets.Paused);
        Assert.Equal(ListenerState.Paused, State);

        Assert.True(await Soon(_control.ResumeAsync("echo")));
        Assert.Empty(_sockets.Paused);
        Assert.Equal(ListenerState.Listening, State);
    }

    [Fact]
    public async Task Stop_AService_LastsUntilItIsStarted()
    {
        var ended = await Soon(_control.StopAsync("echo", now: true));
        await ended!.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(["echo"], _sockets.Stopped);

        Assert.True(await Soon(_control.ResumeAsync("echo")));
        Assert.NotEqual(ListenerState.Listening, State);

        Assert.True(await Soon(_control.StartAsync("echo")));
        Assert.Empty(_sockets.Stopped);
        Assert.Equal(ListenerState.Listening, State);
    }

    [Fact]
    public async Task Signal_AServiceWithoutAProcess_ReachesNone()
    {
        Assert.Equal(0, await Soon(_control.SignalAsync("echo", SignalName.SIGHUP)));
        Assert.Equal(0, _control.SignalConnections("echo", SignalName.SIGHUP));
    }

    [Fact]
    public async Task Commands_ForAServiceThatTheMapLacks_ChangeNothing()
    {
        Assert.False(await Soon(_control.PauseAsync("other")));
        Assert.False(await Soon(_control.ResumeAsync("other")));
        Assert.False(await Soon(_control.StartAsync("other")));
        Assert.Null(await Soon(_control.StopAsync("other", now: false)));
        Assert.Null(await Soon(_control.SignalAsync("other", SignalName.SIGHUP)));
        Assert.Empty(_sockets.Paused.Concat(_sockets.Stopped));

        _control.Show(Maps.Of(Maps.Tcp(0, IPAddress.Loopback, Maps.Handler("other"))));

        Assert.True(await Soon(_control.PauseAsync("other")));
        Assert.False(await Soon(_control.PauseAsync("echo")));
    }

    [Fact]
    public async Task Pause_DuringAnotherChange_WaitsForItsTurn()
    {
        Task<bool> pausing;
        using (await _turn.TakeAsync())
        {
            pausing = _control.PauseAsync("echo");
            Assert.False(pausing.IsCompleted);
            Assert.Empty(_sockets.Paused);
        }

        Assert.True(await Soon(pausing));
        Assert.Equal(["echo"], _sockets.Paused);
    }

    [Fact]
    public async Task Pause_AfterTheClose_ChangesNothing()
    {
        using (await _turn.CloseAsync())
        {
            Assert.True(_turn.IsClosed);
        }

        Assert.True(await Soon(_control.PauseAsync("echo")));
        Assert.Empty(_sockets.Paused);
    }

    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);
}
