using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Linux.Forward;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Serve.Tls;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>In a worker: its handlers, which it creates as the daemon says.</summary>
/// <param name="builtins">The types of the built-in handlers.</param>
/// <param name="system">What the system offers.</param>
/// <param name="loggers">Makes the logger of each handler.</param>
/// <param name="host">What they see of the server.</param>
/// <param name="loop">Runs those that forward.</param>
/// <param name="tally">Keeps the targets of those that forward.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerHandlers(
    IReadOnlyList<Type> builtins, Host system, ILoggerFactory loggers, WorkerHost host, EventLoop loop, WorkerTally tally,
    TimeProvider time)
{
    // How long a call that has not returned may delay the end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, HandlerInstance> _handlers = new();
    private readonly List<Plugin> _plugins = [];
    private readonly ILogger _logger = loggers.CreateLogger("NetSuperd");
    private readonly DatagramThreads _threads = new(name => new DatagramThread(name, system, loggers.CreateLogger("NetSuperd")));
    private Task _dropped = Task.CompletedTask;

    /// <summary>Whether one of them is a plugin's.</summary>
    public bool HasPlugin => _plugins.Count > 0;

    /// <summary>A handler by its number; null: there is none.</summary>
    public HandlerInstance? Find(int number) => _handlers.GetValueOrDefault(number);

    /// <summary>Creates a handler.</summary>
    /// <param name="order">What to create.</param>
    /// <param name="tls">What is encrypted; null: nothing.</param>
    /// <returns>What is wrong with it, its plugin or its settings.</returns>
    public HandlerReport Create(HandlerOrder order, TlsForm? tls)
    {
        var clients = tls?.Clients;
        if (order.Forward is { } forward)
        {
            var parts = new ForwardParts(order.Service, loop, new SystemLookup(), _logger, time);
            var forwards = new ForwardHandler(forward.ToPlan() with { TlsTo = tls?.Targets }, parts, tally);
            return Add(order, forwards, clients is null ? null : new TlsServer(clients, time));
        }

        if (order.IsForChildren)
        {
            return Add(order, new ChildRelay(new TlsServer(clients!, time), tally, loop, time), tls: null);
        }

        var problems = new List<ConfigProblem>();
        var service = ServiceOf(order) with { Tls = clients };
        var request = new LoadRequest
        {
            Host = system,
            ToRun = true,
            IsRoot = system.Process.IsRoot,
            DefaultPlugins = "",
            ExecHelper = "",
        };
        var catalog = new HandlerCatalog();
        foreach (var builtin in builtins)
        {
            catalog.Add(builtin, HandlerCatalog.Builtin);
        }

        if (order.Plugin is { } path)
        {
            var loader = new PluginLoader(catalog, request, _plugins, problems);
            _plugins.AddRange(loader.LoadOne(Path.GetDirectoryName(path)!).Except(_plugins));
            problems.RemoveAll(problem => problem.Severity != Severity.Error);
        }

        if (catalog.Find(order.Handler) is null)
        {
            // A plugin that cannot be read does not tell the names of its handlers, and has that of its folder.
            var reason = catalog.WhyUnusable(order.Handler)
                ?? (order.Plugin is { } plugin ? catalog.WhyUnusable(Path.GetFileNameWithoutExtension(plugin)) : null)
                ?? $"there is no handler of this name in {order.Plugin}, as {system.Process.UserName} sees it";
            return order.Failed(reason);
        }

        var created = new HandlerSet(catalog, Use, loggers, host, request, problems).Create(service);
        if (created is not null && problems.Count == 0)
        {
            _handlers[order.Number] = created;
        }

        return Report(order, [.. problems.Select(problem => new ProblemForm(PositionOf(problem.At, service), problem.Message))]) with
        {
            PassesTo = created?.PassesTo ?? [],
            Shows = created?.Shows ?? [],
            ShowsServer = created?.ShowsServer == true,
        };
    }

    /// <summary>Starts a handler.</summary>
    /// <returns>Why it has not started.</returns>
    public async Task<HandlerReport> StartAsync(int number)
    {
        try
        {
            await (Find(number)?.StartAsync(time, CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(false);
            return new HandlerReport(number, []);
        }
        catch (Exception failure)
        {
            var at = (failure as SettingsException)?.Position;
            return new HandlerReport(number, [new ProblemForm(at, HandlerInstance.WhyNotStarted(failure))]);
        }
    }

    /// <summary>Serves the datagrams of a socket.</summary>
    /// <param name="order">The socket.</param>
    /// <param name="channel">The channel to the daemon for them.</param>
    public void Serve(DatagramOrder order, MessageSocket channel)
    {
        if (Find(order.Number) is not { } handler)
        {
            channel.Dispose();
            return;
        }

        var tally = new DatagramTally(handler.Use, _logger);
        try
        {
            var thread = _threads.For(handler.Use.Name, mayBlock: !handler.IsBuiltin);
            new ReceivedDatagrams(channel, handler, DatagramAddress.Of(order.Address)!, thread, tally).Watch();
        }
        catch (CallException)
        {
            // No descriptor is left for a thread. The daemon sees the end of the channel, and opens another one for the next datagram.
            channel.Dispose();
        }
    }

    /// <summary>Disposes of a handler that the daemon uses no more, when its last call has returned.</summary>
    public void Drop(int number)
    {
        if (_handlers.TryRemove(number, out var handler))
        {
            _dropped = Task.WhenAll(_dropped, DropAsync(handler));
        }
    }

    /// <summary>Logs the names of handlers that block, and how many lines of handlers were left out. To be called regularly.</summary>
    public void Watch()
    {
        _threads.Watch();
        foreach (var handler in _handlers.Values)
        {
            handler.Use.Lines.TellDropped();
        }
    }

    /// <summary>Disposes of all handlers, at the end of the process.</summary>
    public async Task DisposeAsync()
    {
        await Task.WhenAll(_handlers.Values.Select(handler => handler.DisposeAsync(_logger))).ConfigureAwait(false);
        await _dropped.WaitAsync(Grace, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DropAsync(HandlerInstance handler)
    {
        handler.Use.Leave();
        await handler.Use.Unused.ConfigureAwait(false);
        await handler.DisposeAsync(_logger).ConfigureAwait(false);
        _threads.EndOthers(_handlers.Values.Select(other => (other.Use.Name, !other.IsBuiltin)));
    }

    private HandlerReport Add(HandlerOrder order, IStreamHandler handler, TlsServer? tls)
    {
        _handlers[order.Number] = new HandlerInstance(Use(order.Service), handler, settings: "", plugin: null) { Tls = tls };
        return new HandlerReport(order.Number, []);
    }

    private static HandlerReport Report(HandlerOrder order, IReadOnlyList<ProblemForm> problems) => new(order.Number, problems);

    private static SettingPosition? PositionOf(Position at, Service service) => at == service.HandlerAt
        ? null
        : new SettingPosition(at.Source.Name, at.Line, at.Column, at.Length);

    /// <summary>The service, as far as its handler sees it. The daemon has the file of the map; here only its name is known.</summary>
    private static Service ServiceOf(HandlerOrder order)
    {
        var settings = order.Settings.ToSettings();
        var file = settings.Values.Values.FirstOrDefault()?.Position?.File ?? "";
        var at = new Position(new SourceText(file, ""));
        return new Service
        {
            Name = order.Service,
            Handler = order.Handler,
            Settings = settings,
            Admission = Admission.Unlimited,
            Log = LoggedConnections.All,
            LogFields = LogFacts.Default,
            Enabled = true,
            At = at,
            HandlerAt = at,
        };
    }

    private ServiceUse Use(string service) => new(service, new ServiceTotals(), new ServiceLines(service, _logger, time));
}
