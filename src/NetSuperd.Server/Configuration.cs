using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server;

/// <summary>
/// A map with everything that serves it: plugins, handlers, plans of children. It comes into force as a whole or not at all.
/// </summary>
public sealed class Configuration : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly IReadOnlyList<Plugin> _plugins;
    private readonly Dictionary<Service, HandlerInstance> _handlers;
    private readonly HashSet<HandlerInstance> _instances;
    private Configuration? _before;

    // Handlers of earlier maps that may have connections, or that are just stopping.
    private IReadOnlyList<HandlerInstance> _earlier = [];
    private volatile bool _isRetired;

    internal Configuration(
        Map map, IReadOnlyList<Plugin> plugins, Dictionary<Service, HandlerInstance> handlers, PassedServices passed,
        Configuration? before, ILogger logger)
    {
        Map = map;
        _plugins = plugins;
        _handlers = handlers;
        Passed = passed;
        _instances = [.. handlers.Values];
        _before = before;
        _logger = logger;
        DatagramPorts = map.DatagramPorts();
    }

    /// <summary>The map.</summary>
    public Map Map { get; }

    internal IReadOnlyList<Plugin> Plugins => _plugins;

    internal IReadOnlyDictionary<string, HandlerInstance> HandlersByName =>
        _handlers.ToDictionary(pair => pair.Key.Name, pair => pair.Value);

    /// <summary>The services whose handlers serve in workers, each with its plugin; null for a built-in.</summary>
    internal IReadOnlyList<(Service Service, Plugin? Plugin)> InWorkers { get; init; } = [];

    /// <summary>The services to which its handlers pass connections.</summary>
    internal PassedServices Passed { get; }

    /// <summary>The ports on which the services of the map receive datagrams.</summary>
    internal IReadOnlySet<int> DatagramPorts { get; }

    internal bool HasPluginHandlers => _handlers.Values.Any(handler => !handler.IsBuiltin);

    /// <summary>Whether another map is in force.</summary>
    internal bool IsRetired => _isRetired;

    internal HandlerInstance? HandlerOf(Service service) => _handlers.GetValueOrDefault(service);

    /// <summary>Its children, servers and workers.</summary>
    internal IMapProcesses Processes { get; set; } = NoProcesses.Instance;

    /// <summary>The differences between two maps, with the plugins whose files have changed.</summary>
    /// <param name="other">The map that would come into force.</param>
    public IReadOnlyList<MapChange> Compare(Configuration other) => MapDiff.Between(Entries(), other.Entries());

    /// <summary>The map, key by key, and the fingerprint of each plugin.</summary>
    public IReadOnlyList<MapEntry> Entries() =>
        [.. MapText.Entries(Map), .. _plugins.Select(plugin =>
            new MapEntry($"plugins.{TomlWriter.Key(Path.GetFileNameWithoutExtension(plugin.Path))}", TomlWriter.Text(plugin.Fingerprint)))];

    /// <summary>Starts the handlers that are not started yet, all at the same time, before the map comes into force.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>An error for each handler that has not started, at its name in the map.</returns>
    /// <exception cref="OperationCanceledException">The daemon is to stop.</exception>
    public async Task<IReadOnlyList<ConfigProblem>> StartHandlersAsync(TimeProvider time, CancellationToken stopping)
    {
        var inWorkers = Processes.StartHandlersAsync().WaitAsync(stopping);
        var problems = await Task.WhenAll(_handlers.Select(pair => StartAsync(pair.Key, pair.Value, time, stopping))).ConfigureAwait(false);
        return [.. problems.OfType<ConfigProblem>(), .. await inWorkers.ConfigureAwait(false)];
    }

    /// <summary>Stops the handlers, those of earlier maps included, whose last connections have ended.</summary>
    /// <param name="now">Cuts the stop short.</param>
    internal Task StopHandlersAsync(CancellationToken now) => Task.WhenAll(
        _instances.Concat(_earlier.Where(handler => handler.Use.Unused.IsCompleted)).Select(handler => handler.StopAsync(_logger, now)));

    /// <summary>Disposes of what was made for a map that does not come into force.</summary>
    public async ValueTask DisposeAsync()
    {
        var own = _handlers.Values.Where(handler => _before?._instances.Contains(handler) != true);
        await Task.WhenAll(own.Select(handler => handler.DisposeAsync(_logger))).ConfigureAwait(false);
        Processes.Dispose();
        LeavePlugins();
    }

    /// <summary>Brings the map into force.</summary>
    internal void BringIntoForce()
    {
        Processes.BringIntoForce();

        // Otherwise every earlier map would stay in memory.
        _before = null;
    }

    /// <summary>Another map is in force: what only this one has is disposed of when its last connection has ended.</summary>
    internal async Task RetireAsync(Configuration next)
    {
        _isRetired = true;
        List<Task> retiring = [Processes.RetireAsync(next)];
        var leaving = _handlers.Values.Where(handler => !next._instances.Contains(handler)).ToList();
        next._earlier = [.. _earlier.Where(handler => !handler.IsStopped), .. leaving];
        retiring.AddRange(leaving.Select(RetireAsync));
        LeavePlugins();
        await Task.WhenAll(retiring).ConfigureAwait(false);
    }

    private static async Task<ConfigProblem?> StartAsync(
        Service service, HandlerInstance handler, TimeProvider time, CancellationToken stopping)
    {
        try
        {
            await handler.StartAsync(time, stopping).ConfigureAwait(false);
            return null;
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            return NotStarted(service, (failure as SettingsException)?.Position, HandlerInstance.WhyNotStarted(failure));
        }
    }

    /// <summary>The error for a handler that has not started.</summary>
    internal static ConfigProblem NotStarted(Service service, SettingPosition? at, string reason) =>
        new(HandlerSet.At(at, service), Severity.Error, $"the handler '{service.Handler ?? service.Kind.Word}' cannot start: {reason}");

    private async Task RetireAsync(HandlerInstance handler)
    {
        handler.Use.Leave();
        await handler.Use.Unused.ConfigureAwait(false);
        await handler.DisposeAsync(_logger).ConfigureAwait(false);
    }

    private void LeavePlugins()
    {
        foreach (var plugin in _plugins)
        {
            plugin.Leave(_logger);
        }
    }
}
