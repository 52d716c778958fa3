using System.Net;
using NetSuperd.Linux;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests;

/// <summary>What an operator does with a service, and when.</summary>
[Collection(RunsAlone.Name)]
public sealed class ServiceControlTests : TestedSockets
{
    private readonly ChangeTurn _turn = new();
    private readonly ServiceControl _control;

    public ServiceControlTests()
        : base(Maps.Tcp(0, IPAddress.Loopback)) =>
        _control = new ServiceControl(Sockets, new Processes(Spawner, null!, null!, ""), _turn, Log, Map);

    private ListenerState State => Assert.Single(Sockets.Listeners).State;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _turn.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Pause_AService_LastsUntilItIsResumed()
    {
        Assert.True(await Within(_control.PauseAsync("echo")));
        Assert.Equal(["echo"], Sockets.Paused);
        Assert.Equal(ListenerState.Paused, State);

        Assert.True(await Within(_control.ResumeAsync("echo")));
        Assert.Empty(Sockets.Paused);
        Assert.Equal(ListenerState.Listening, State);
    }

    [Fact]
    public async Task Stop_AService_LastsUntilItIsStarted()
    {
        var ended = await Within(_control.StopAsync("echo", now: true));
        await ended!.WaitAsync(Patience, Cancel);
        Assert.Equal(["echo"], Sockets.Stopped);

        Assert.True(await Within(_control.ResumeAsync("echo")));
        Assert.NotEqual(ListenerState.Listening, State);

        Assert.True(await Within(_control.StartAsync("echo")));
        Assert.Empty(Sockets.Stopped);
        Assert.Equal(ListenerState.Listening, State);
    }

    [Fact]
    public async Task Signal_AServiceWithoutAProcess_ReachesNone()
    {
        Assert.Equal(0, await Within(_control.SignalAsync("echo", SignalName.SIGHUP)));
        Assert.Equal(0, _control.SignalConnections("echo", SignalName.SIGHUP));
    }

    [Fact]
    public async Task Commands_ForAServiceThatTheMapLacks_ChangeNothing()
    {
        Assert.False(await Within(_control.PauseAsync("other")));
        Assert.False(await Within(_control.ResumeAsync("other")));
        Assert.False(await Within(_control.StartAsync("other")));
        Assert.Null(await Within(_control.StopAsync("other", now: false)));
        Assert.Null(await Within(_control.SignalAsync("other", SignalName.SIGHUP)));
        Assert.Empty(Sockets.Paused.Concat(Sockets.Stopped));

        _control.Show(Maps.Of(Maps.Tcp(0, IPAddress.Loopback, Maps.Handler("other"))));

        Assert.True(await Within(_control.PauseAsync("other")));
        Assert.False(await Within(_control.PauseAsync("echo")));
    }

    [Fact]
    public async Task Pause_DuringAnotherChange_WaitsForItsTurn()
    {
        Task<bool> pausing;
        using (await _turn.TakeAsync())
        {
            pausing = _control.PauseAsync("echo");
            Assert.False(pausing.IsCompleted);
            Assert.Empty(Sockets.Paused);
        }

        Assert.True(await Within(pausing));
        Assert.Equal(["echo"], Sockets.Paused);
    }

    [Fact]
    public async Task Pause_AfterTheClose_ChangesNothing()
    {
        using (await _turn.CloseAsync())
        {
            Assert.True(_turn.IsClosed);
        }

        Assert.True(await Within(_control.PauseAsync("echo")));
        Assert.Empty(Sockets.Paused);
    }

    private static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Patience, Cancel);
}
