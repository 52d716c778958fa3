using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// Conducts the stages: Config reads the map, Listen accepts, Permit judges, Serve or Spawn runs the service, Tally records. The only file
/// that names all of them.
/// </summary>
public sealed partial class Superserver : IAsyncDisposable
{
    // Connections accepted just before a stop get this long to finish before handlers and children are asked to end.
    private static readonly TimeSpan LongestQuickAnswer = TimeSpan.FromMilliseconds(250);

    // How long a process that is killed may take to end.
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(1);

    private readonly ConfigurationLoader _loader;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ConnectionTally _tally;
    private readonly Gates _gates;
    private readonly LogShare _logShare;
    private readonly FreedMemory _memory = new();
    private readonly ChangeTurn _turn = new();
    private readonly EventLoop _loop;
    private readonly EventLoop _childLoop;
    private readonly HandlerRunner _runner;
    private readonly IProcesses _processes;
    private readonly HeaderWaits _headers;
    private readonly ConnectionList _connections;
    private readonly DateTimeOffset _begin;
    private List<Task> _retiring = [];
    private Configuration _configuration;
    private volatile StartedServer? _started;
    private volatile Dispatcher? _dispatcher;
    private IReadOnlyList<ISocketHolder> _adopted = [];

    private Superserver(
        Configuration configuration, ConfigurationLoader loader, ILoggerFactory loggers, HandlerHost host, ConnectionTally tally,
        TimeProvider time)
    {
        _configuration = configuration;
        _loader = loader;
        (_logger, _time, _tally) = (loggers.CreateLogger("NetSuperd"), time, tally);
        _gates = new Gates(_logger, time);
        _logShare = new LogShare(tally, time);
        (_loop, _childLoop) = (Loop("connections"), Loop("children"));
        _headers = new HeaderWaits(_loop, _childLoop, tally, _logger, time);
        _runner = new HandlerRunner(tally, _loop, _logger, time);
        _processes = loader.Request.Host.CreateProcesses(new EngineParts(loader.Request, _childLoop, tally, host, loggers, time));
        _configuration.Processes = _processes.Of(configuration, before: null);
        _connections = new ConnectionList(tally, _runner, _processes, _headers, loader.Request.Host.Names, _logger, time);
        _begin = time.GetUtcNow();
        host.Show(this);

        EventLoop Loop(string name) => new(name, loader.Request.Host.Sockets.CreateReadiness(), _logger.LoopFailed, time);
    }

    /// <summary>The map that is served.</summary>
    public Map Map => _configuration.Map;

    /// <summary>The map that is served, with everything that serves it.</summary>
    public Configuration Configuration => _configuration;

    /// <summary>The paths to the services of the map that is served; null before <see cref="StartAsync"/>.</summary>
    internal Dispatcher? Dispatcher => _dispatcher;

    /// <summary>Whether an operator has paused or stopped a service.</summary>
    internal bool IsHeld(string service) => _started?.Sockets.IsHeld(service) == true;

    /// <summary>What handlers see of it; null before <see cref="StartAsync"/>.</summary>
    internal Overview? Shown => _started?.Overview;

    /// <summary>An operator's view of its services, after <see cref="StartAsync"/>.</summary>
    public Overview Overview => Started.Overview;

    /// <summary>What an operator does with its services, after <see cref="StartAsync"/>.</summary>
    public ServiceControl Services => Started.Services;

    private StartedServer Started => _started ?? throw new InvalidOperationException("the server has not been started");

    /// <summary>The live connections and children, in the order of their arrival.</summary>
    public IReadOnlyList<LiveConnection> Connections() => _connections.Describe();

    /// <summary>Does the whole load: reads the map, loads the plugins and makes the handlers. Nothing is bound.</summary>
    /// <param name="request">What to load, and for which user.</param>
    /// <param name="builtins">The types of the built-in handlers.</param>
    /// <param name="loggers">Opens the log that the map asks for; not called for a map with errors.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The map with every problem of it, and the server, null where one of them is an error.</returns>
    public static (LoadResult Loaded, Superserver? Server) Load(
        LoadRequest request, IEnumerable<Type> builtins, Func<LogSection, ILoggerFactory> loggers, TimeProvider time)
    {
        var loaded = MapLoader.Load(request);
        var factory = loaded.HasErrors ? NullLoggerFactory.Instance : loggers(loaded.Map.Log);
        var tally = new ConnectionTally(factory.CreateLogger("NetSuperd"), time);
        var host = new HandlerHost();
        var loader = new ConfigurationLoader(request, [.. builtins], factory, host, tally);
        (loaded, var configuration) = loader.Complete(loaded, running: null);
        return (loaded, loaded.HasErrors ? null : new Superserver(configuration, loader, factory, host, tally, time));
    }

    /// <summary>Creates the handlers of the map that serve in workers, after <see cref="Load"/>.</summary>
    /// <returns>The map with every problem; with an error the server is to be disposed of.</returns>
    public Task<LoadResult> OpenWorkersAsync(LoadResult loaded) => _processes.CreateAsync(loaded, _configuration, running: null);

    /// <inheritdoc cref="ConfigurationLoader.ReadAgainAsync"/>
    public Task<(LoadResult Loaded, Configuration? Next)> ReadAgainAsync() => _loader.ReadAgainAsync(_configuration, _processes);

    /// <summary>Binds every socket of the map, and then accepts on all of them.</summary>
    /// <returns>
    /// What could not be bound. With <c>on_unavailable = "refuse"</c> nothing stays bound then, and the server does not run; with
    /// <c>"skip"</c> it runs, and tries again.
    /// </returns>
    /// <param name="inherited">Descriptors that a service manager, or a predecessor, has passed on.</param>
    /// <param name="before">The predecessor's handover; null where there was none.</param>
    /// <exception cref="CallException">The system has no descriptors left for the daemon itself.</exception>
    public async Task<IReadOnlyList<BindFailure>> StartAsync(
        IReadOnlyList<ListenDescriptor> inherited, Handover? before = null)
    {
        DescriptorNeed.Allow(Map, _loader.Request);
        var started = _started = CreateParts();
        _configuration.Processes.Prepare();
        _configuration.BringIntoForce();
        WatchPool();
        if (before is not null)
        {
            _tally.NumberFrom(before.LastId);
            started.Sockets.Take(before.Paused, before.Stopped ?? [], before.Servers ?? new Dictionary<string, ServerHistory>());
        }

        _gates.Apply(Map);
        _logShare.Apply(Map);
        _gates.CountElsewhere(before?.Live ?? new Dictionary<string, int>());
        started.Times.Watch(Map);
        return await started.Sockets.ApplyAsync(
            Map,
            _dispatcher = new Dispatcher(_configuration, started.Stages),
            _loader.Request.Host.Sharing.Inherit(inherited, before?.ToldChildren() ?? new Dictionary<string, ToldChild>()),
            before is null && Map.Daemon.OnUnavailable == OnUnavailable.Refuse)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Serves another map from now on. Sockets that both have stay open, running connections keep the map that they began with. A socket
    /// that cannot be bound is tried again, and everything else holds.
    /// </summary>
    /// <param name="next">What <see cref="ReadAgainAsync"/> gave; it belongs to the server afterwards.</param>
    /// <returns>What could not be bound.</returns>
    /// <exception cref="CallException">No descriptors, or no netsuperd-exec: the old map stays in force.</exception>
    public async Task<IReadOnlyList<BindFailure>> ApplyAsync(Configuration next)
    {
        using var turn = await _turn.TakeAsync().ConfigureAwait(false);
        if (_turn.IsClosed)
        {
            await next.DisposeAsync().ConfigureAwait(false);
            return [];
        }

        DescriptorNeed.Allow(next.Map, _loader.Request);
        var (started, before) = (Started, _configuration);
        next.Processes.Prepare();
        next.BringIntoForce();
        _configuration = next;
        WatchPool();
        started.Overview.Show(next.Map);
        started.Services.Show(next.Map);
        _gates.Apply(next.Map);
        _logShare.Apply(next.Map);
        _dispatcher = new Dispatcher(next, started.Stages);
        var failures = await started.Sockets.ApplyAsync(next.Map, _dispatcher, NoSharing.Instance, isAllOrNone: false)
            .ConfigureAwait(false);
        _gates.WakeAndForget(next.Map);
        started.Times.Watch(next.Map);
        _retiring = [.. _retiring.Where(task => !task.IsCompleted), before.RetireAsync(next)];
        return failures;
    }

    /// <summary>Counts the connections of the process before this one, which belong to the same limits.</summary>
    public void CountElsewhere(IReadOnlyList<LiveConnection> connections) => _gates.CountElsewhere([
        .. connections.Where(live => !Map.HasServer(live.Service)).Select(live => (live.Service, live.Peer))]);

    /// <summary>Completes when the event loops have run: a sign that they do not hang.</summary>
    public Task TurnAsync() => Task.WhenAll(_loop.TurnAsync(), _childLoop.TurnAsync());

    /// <summary>Checks that clients can still reach every socket; <see cref="MaintainAsync"/> does that regularly.</summary>
    public void CheckReachability() => Started.Sockets.CheckReachability();

    /// <summary>Checks what no event reports. To be called regularly.</summary>
    public async Task MaintainAsync()
    {
        using var turn = await _turn.TakeAsync().ConfigureAwait(false);
        _tally.TellLeftOut();
        WatchPool();
        _processes.Check();
        _memory.Check(_tally.LiveCount, _tally.LastId, Plugin.Unloaded);
        await (_turn.IsClosed ? Task.CompletedTask : Started.Sockets.MaintainAsync()).ConfigureAwait(false);
    }

    /// <summary>Ends a connection at once: buffers are discarded, and a child is killed with its session.</summary>
    /// <returns>False where there is no such connection.</returns>
    public bool Abort(long id) => _connections.Abort(id);

    /// <summary>
    /// Stops in order: accepts no more, asks handlers and children to end, and ends after the drain time those that have not.
    /// </summary>
    /// <param name="keepPaths">Whether paths of unix sockets stay, because a service manager keeps the sockets for the next start.</param>
    /// <param name="now">Cuts the drain time short.</param>
    public async Task StopAsync(bool keepPaths, CancellationToken now)
    {
        await CloseAsync().ConfigureAwait(false);
        _gates.Drain();
        var sockets = _started?.Sockets;
        await _processes.FinishAsync().ConfigureAwait(false);
        if (!keepPaths && sockets is not null)
        {
            // The predecessor is just closing its sockets, or it keeps serving because this start failed.
            await sockets.WhenAlone.WaitAsync(LongestQuickAnswer, _time, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            sockets.Unlink();
        }

        _adopted = sockets?.AdoptedServers() ?? [];
        sockets?.Dispose();
        try
        {
            await Task.WhenAll(_runner.WhenEmptyAsync(), _processes.WhenEmptyAsync(withChildren: !LeavesChildren))
                .WaitAsync(LongestQuickAnswer, _time, now).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // Those that take longer are asked to end now.
        }

        await EndAsync(now).ConfigureAwait(false);
        await _configuration.StopHandlersAsync(now).ConfigureAwait(false);
        if (LeavesChildren && _processes.Children is > 0 and var left)
        {
            _logger.ChildrenLeft(left);
        }

        _tally.LogTotals();
    }

    /// <summary>
    /// Ends the servers of predecessors that are gone: a predecessor that lives has ended its own. After <see cref="StopAsync"/>, and after
    /// the stop of the predecessors.
    /// </summary>
    /// <param name="now">Cuts the drain time short.</param>
    public async Task EndAdoptedAsync(CancellationToken now)
    {
        foreach (var server in _adopted)
        {
            server.TryEnd(definition: null, Map.Daemon.Drain);
        }

        await Task.WhenAll(_adopted.Select(server => server.Ended)).WaitAsync(Map.Daemon.Drain + KillPatience, _time, now)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Kills the children and their sessions, unless the map leaves them running, without waiting.</summary>
    public void KillChildren()
    {
        if (!LeavesChildren)
        {
            _processes.KillAll();
        }
    }

    /// <summary>Disposes of the handlers and the stages. After <see cref="StopAsync"/>, or instead of <see cref="StartAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        var started = _started;
        await (started?.Times.DisposeAsync().AsTask() ?? Task.CompletedTask).ConfigureAwait(false);
        started?.Sockets.Dispose();
        await _processes.RetireAsync().WaitAsync(KillPatience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _loop.Dispose();
        _childLoop.Dispose();
        _processes.Dispose();

        // Earlier maps have only children that drain_children leaves running, and handlers that do not return.
        await Task.WhenAll(_retiring).WaitAsync(LongestQuickAnswer, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _runner.Dispose();
        started?.Handover?.ClosePipes();
        await _configuration.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    /// <summary>Stops accepting for good.</summary>
    private async Task CloseAsync()
    {
        using var turn = await _turn.CloseAsync().ConfigureAwait(false);
        await (_started?.CloseAsync() ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Only handlers of plugins can hold the threads of the pool.</summary>
    private void WatchPool()
    {
        if (_configuration.HasPluginHandlers)
        {
            _runner.WatchPool();
        }
    }

    private bool LeavesChildren => Map.Daemon.DrainChildren == DrainChildren.Leave;

    private StartedServer CreateParts()
    {
        var sockets = new ListenerSet(_loader.Request.Host, _loop, _childLoop, _logger, _time, () => _tally.Live.Count);
        return new StartedServer(
            sockets,
            new Stages(_gates, _logShare, _runner, _headers, _tally, _logger, _childLoop, _time),
            new TimeLimits(_runner, _processes, _logger, _time),
            _processes.Handover(sockets),
            new Overview(Map, _loader.Request, _begin, sockets, _gates, _processes, _tally, _time) { Loops = [_loop, _childLoop] },
            new ServiceControl(sockets, _processes, _turn, _logger, Map));
    }

    private Task EndAsync(CancellationToken now) =>
        Task.WhenAll(_runner.StopAsync(Map.Daemon.Drain, now), _processes.StopAsync(Map.Daemon, now));
}
