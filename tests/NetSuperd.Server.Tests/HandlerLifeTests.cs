using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests;

/// <summary>Handlers with a life of their own: what starts and stops them, and what does not.</summary>
public sealed class HandlerLifeTests : TestedLoader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_OfAMap_StartsAndStopsNothing()
    {
        var (configuration, handler) = Load("well");
        await configuration.DisposeAsync();

        Assert.Equal(["disposed"], handler.Calls);
    }

    [Fact]
    public async Task Start_OfAHandlerThatAReloadKeeps_IsOnce()
    {
        var (running, handler) = Load("well");
        Assert.Empty(await running.StartHandlersAsync(_time, Cancel));
        var (_, next) = await Loader.ReadAgainAsync(running, NoWorkers);
        Assert.Empty(await next!.StartHandlersAsync(_time, Cancel));
        await next.DisposeAsync();
        Assert.Equal(["started"], handler.Calls);

        await running.StopHandlersAsync(Cancel);
        await running.DisposeAsync();
        Assert.Equal(["started", "stopped", "disposed"], handler.Calls);
    }

    [Theory]
    [InlineData("fail", 4, "cannot start: InvalidOperationException: no database")]
    [InlineData("complain", 5, "cannot start: no such database")]
    public async Task Start_ThatFails_IsAnErrorInTheMapAndTheHandlerIsNotStopped(string how, int line, string said)
    {
        var (configuration, handler) = Load(how);

        var problem = Assert.Single(await configuration.StartHandlersAsync(_time, Cancel));
        await configuration.DisposeAsync();

        Assert.Equal((Severity.Error, line), (problem.Severity, problem.At.Line));
        Assert.EndsWith(said, problem.Message, StringComparison.Ordinal);
        Assert.Equal(["disposed"], handler.Calls);
    }

    [Fact]
    public async Task Start_ThatHangs_IsGivenUp()
    {
        var (configuration, handler) = Load("hang");
        var starting = configuration.StartHandlersAsync(_time, Cancel);
        await handler.Begun.Task.WaitAsync(Patience, Cancel);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(handler.Calls);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("30 s", Assert.Single(await starting.WaitAsync(Patience, Cancel)).Message, StringComparison.Ordinal);
        await configuration.DisposeAsync();
        Assert.Equal(["cancelled", "disposed"], handler.Calls);
    }

    [Fact]
    public async Task Start_ThatHangs_EndsWhenTheDaemonIsToStop()
    {
        using var stop = new CancellationTokenSource();
        var (configuration, handler) = Load("hang");
        var starting = configuration.StartHandlersAsync(_time, stop.Token);
        await handler.Begun.Task.WaitAsync(Patience, Cancel);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(Patience, Cancel));
        await configuration.DisposeAsync();
        Assert.Equal(["cancelled", "disposed"], handler.Calls);
    }

    [Fact]
    public async Task Stop_ThatHangs_IsCutShort()
    {
        using var now = new CancellationTokenSource();
        var (configuration, handler) = Load("stay");
        Assert.Empty(await configuration.StartHandlersAsync(_time, Cancel));
        var stopping = configuration.StopHandlersAsync(now.Token);
        await handler.Begun.Task.WaitAsync(Patience, Cancel);
        await now.CancelAsync();

        await stopping.WaitAsync(Patience, Cancel);
        await configuration.DisposeAsync();
        Assert.Equal(["started", "cancelled", "disposed"], handler.Calls);
    }

    [Fact]
    public async Task Stop_OfTheDaemon_WaitsForAHandlerOfAnEarlierMap()
    {
        using var now = new CancellationTokenSource();
        var (running, handler) = Load("stay");
        Assert.Empty(await running.StartHandlersAsync(_time, Cancel));
        Folder.Write("map.toml", "[ports]\n7 = \"echo\"\n");
        var (_, next) = await Loader.ReadAgainAsync(running, NoWorkers);
        var retiring = running.RetireAsync(next!);
        var stopping = next!.StopHandlersAsync(now.Token);
        await handler.Begun.Task.WaitAsync(Patience, Cancel);
        Assert.False(stopping.IsCompleted);

        handler.End();
        await Task.WhenAll(stopping, retiring).WaitAsync(Patience, Cancel);
        await next.DisposeAsync();
        Assert.Equal(["started", "stopped", "disposed"], handler.Calls);
    }

    private (Configuration Configuration, Lively Handler) Load(string how)
    {
        Folder.Write("map.toml", $"[ports]\n7 = \"one\"\n[services.one]\nhandler = \"lively\"\nsettings.how = \"{how}\"\n");
        var (loaded, configuration) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);
        Assert.Empty(loaded.Problems);
        return (configuration, (Lively)configuration.HandlersByName["one"].Handler);
    }

    /// <summary>A handler that notes what happens to it, and starts and stops as its settings say.</summary>
    [Handler("lively")]
    public sealed class Lively(ServiceInfo service) : IStreamHandler, IHandlerLife, IDisposable
    {
        private readonly string _how = service.Settings.GetString("how");
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Calls { get; } = [];

        /// <summary>Completes when a call that hangs has begun.</summary>
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await (_how switch
            {
                "hang" => HangAsync(cancellationToken),
                "fail" => throw new InvalidOperationException("no database"),
                "complain" => throw service.Settings.Error("how", "no such database"),
                _ => Task.CompletedTask,
            });
            Calls.Add("started");
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await (_how == "stay" ? HangAsync(cancellationToken) : Task.CompletedTask);
            Calls.Add("stopped");
        }

        public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.CompletedTask;

        /// <summary>Ends a call that hangs.</summary>
        public void End() => _ended.SetResult();

        public void Dispose() => Calls.Add("disposed");

        private async Task HangAsync(CancellationToken cancellationToken)
        {
            Begun.SetResult();
            try
            {
                await _ended.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Calls.Add("cancelled");
                throw;
            }
        }
    }
}
