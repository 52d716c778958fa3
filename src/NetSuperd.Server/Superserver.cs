using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// Conducts the stages: Config reads the map, Listen accepts, Permit judges, Serve or Spawn runs what the map says, Tally records. The only
/// file that names all of them.
/// </summary>
public sealed class Superserver : IAsyncDisposable
{
    private readonly Map _map;
    private readonly Dictionary<Service, HandlerInstance> _handlers;
    private readonly string _helper;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ConnectionTally _tally;
    private readonly Gate _gate = new();
    private readonly CancellationTokenSource _unlisten = new();
    private HandlerRunner? _runner;
    private Spawner? _spawner;
    private ListenerSet? _sockets;
    private Task[] _loops = [];

    private Superserver(Map map, Dictionary<Service, HandlerInstance> handlers, string helper, ILogger logger, TimeProvider time)
    {
        _map = map;
        _handlers = handlers;
        _helper = helper;
        _logger = logger;
        _time = time;
        _tally = new ConnectionTally(logger, time);
    }

    /// <summary>The map that is served.</summary>
    public Map Map => _map;

    /// <summary>Does the whole load: reads the map, loads the plugins and makes the handlers. Nothing is bound.</summary>
    /// <param name="request">What to load, and who asks.</param>
    /// <param name="builtins">The types of the built-in handlers.</param>
    /// <param name="loggers">Opens the log that the map asks for; not called for a map with errors.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The map with every problem of it, and the server, null where one of them is an error.</returns>
    public static (LoadResult Loaded, Superserver? Server) Load(
        LoadRequest request, IEnumerable<Type> builtins, Func<LogSection, ILoggerFactory> loggers, TimeProvider time)
    {
        var loaded = MapLoader.Load(request);
        var factory = loaded.HasErrors ? NullLoggerFactory.Instance : loggers(loaded.Map.Log);
        var problems = new List<ConfigProblem>();
        var catalog = new HandlerCatalog();
        foreach (var builtin in builtins)
        {
            catalog.Add(builtin, HandlerCatalog.Builtin);
        }

        new PluginLoader(catalog, request, problems).Load(loaded.Map.Daemon.Plugins);
        var handlers = HandlerSet.Create(loaded.Map, catalog, factory, problems);
        problems.AddRange(loaded.Map.Ports.SelectMany(Mismatch));

        loaded = loaded.With(problems);
        var logger = factory.CreateLogger("NetSuperd");
        return (loaded, loaded.HasErrors ? null : new Superserver(loaded.Map, handlers, request.ExecHelper, logger, time));
    }

    /// <summary>Binds every socket of the map, and then accepts on all of them.</summary>
    /// <returns>What could not be bound; empty when the server runs. Nothing stays bound otherwise.</returns>
    /// <exception cref="Native.LibcException">The system has no descriptors left for the daemon itself.</exception>
    public IReadOnlyList<BindFailure> Start()
    {
        InlineCompletions.Enable(_handlers.Values);
        (_sockets, var failures) = ListenerSet.Bind(_map, _logger, _time);
        if (_sockets is null)
        {
            return failures;
        }

        _runner = new HandlerRunner(_tally, _logger, _time);
        var children = _map.Services.Where(service => service is { Enabled: true, Program: not null });
        _spawner = new Spawner(children, _helper, _tally, _logger, _time);
        _sockets.Announce();
        var (listeners, waitListeners) = (_sockets.Listeners().ToList(), _sockets.WaitListeners().ToList());
        _loops =
        [
            .. listeners.Select(listener => Task.Run(() => listener.RunAsync(DispatchAsync, _unlisten.Token))),
            .. waitListeners.Select(listener => Task.Run(() => listener.RunAsync(ShareAsync, _unlisten.Token))),
        ];
        return failures;
    }

    /// <summary>Stops in order: accepts no more, asks handlers and children to end, and ends after the drain time those that have not.</summary>
    /// <param name="now">Cuts the drain time short.</param>
    public async Task StopAsync(CancellationToken now)
    {
        _gate.Drain();
        await _unlisten.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        _sockets?.Unlink();
        _sockets?.Dispose();
        await Task.WhenAll(
            _runner?.StopAsync(_map.Daemon.Drain, now) ?? Task.CompletedTask,
            _spawner?.StopAsync(_map.Daemon.Drain, now) ?? Task.CompletedTask).ConfigureAwait(false);
        _tally.Sum();
    }

    /// <summary>Lets go of the handlers and of what the stages hold. After <see cref="StopAsync"/>, or instead of <see cref="Start"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _sockets?.Dispose();
        _spawner?.Dispose();
        _runner?.Dispose();
        foreach (var handler in _handlers.Values)
        {
            await handler.DisposeAsync(_logger).ConfigureAwait(false);
        }

        _unlisten.Dispose();
    }

    /// <summary>The path of a connection. Whatever goes wrong on it, the accept loop goes on.</summary>
    private async ValueTask DispatchAsync(Port port, Socket socket)
    {
        ConnectionRecord record;
        try
        {
            record = _tally.Open(port.Service.Name, socket);
        }
        catch (SocketException gone)
        {
            socket.Dispose();
            _logger.ConnectionGone(gone, port.Service.Name);
            return;
        }

        try
        {
            if (_gate.Judge() is { Reason: { } refusal })
            {
                socket.Dispose();
                _tally.Close(record, ConnectionEnd.Refused, refusal, refusal);
            }
            else if (_handlers.TryGetValue(port.Service, out var handler))
            {
                _runner!.Start(handler, socket, record);
            }
            else
            {
                await _spawner!.StartAsync(port.Service, socket, port.Name, record).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            socket.Dispose();
            _logger.DispatchFailed(failure, record.Id, port.Service.Name);
            _tally.Close(record, ConnectionEnd.Failed);
        }
    }

    /// <summary>The path of what arrives on a socket that children inherit: the daemon does not know who is there.</summary>
    private Task<bool> ShareAsync(WaitListener listener, EndPoint? sender)
    {
        var sockets = listener.Sockets;
        var record = _tally.OpenShared(listener.Service.Name, sockets[0].Socket, sender);
        return _spawner!.ShareAsync(
            listener.Service, [.. sockets.Select(bound => ((SafeHandle)bound.Socket.SafeHandle, bound.Port.Name))], record);
    }

    /// <summary>Sockets that what answers on them cannot serve.</summary>
    private static IEnumerable<ConfigProblem> Mismatch(Port port)
    {
        var isStream = port.Key.Transport is Transport.Tcp or Transport.UnixStream;
        if (port.Service.Handler is { } handler && !isStream)
        {
            yield return new ConfigProblem(port.At, Severity.Error, $"the handler '{handler}' serves streams only, and {port.Key} is none");
        }
        else if (port.Service.Program is { Wait: false } && port.Key.Transport is (Transport.Udp or Transport.UnixDatagram))
        {
            yield return new ConfigProblem(port.At, Severity.Error,
                $"'{port.Service.Name}' starts a child for each connection, and {port.Key}, a datagram socket, has none; "
                + "with wait = true one child inherits the socket itself");
        }
    }
}
