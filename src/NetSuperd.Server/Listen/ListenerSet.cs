using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The listening sockets of the map in force. Another map changes only the sockets that differ.</summary>
/// <remarks>
/// New sockets are bound before old ones are dropped, and a socket that stays is never closed: clients wait in its backlog. Only one call
/// at a time.
/// </remarks>
internal sealed partial class ListenerSet : IDisposable
{
    private readonly Host _host;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private volatile ImmutableHashSet<string> _paused = [];
    private volatile ImmutableHashSet<string> _stopped = [];
    private readonly EventLoop _loop;
    private readonly ListenLoops _loops;
    private readonly EndingSockets _ending;
    private readonly ILeftHolders _left;
    private readonly Servers _servers;
    private volatile List<Listener> _listeners = [];
    private volatile bool _isStopped;
    private Task _released = Task.CompletedTask;
    private Task _closing = Task.CompletedTask;
    private TimeSpan _drain;

    /// <param name="host">What the system offers.</param>
    /// <param name="loop">Where connections for handlers are accepted.</param>
    /// <param name="childLoop">
    /// Where connections for children are accepted, so that a storm of these does not hold up the handlers' connections.
    /// </param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="connections">Tells how many connections and children there are.</param>
    public ListenerSet(
        Host host, EventLoop loop, EventLoop childLoop, ILogger logger, TimeProvider time, Func<int> connections)
    {
        _host = host;
        _loop = loop;
        _logger = logger;
        _time = time;
        _loops = new ListenLoops(host, loop, childLoop, logger, time, connections);
        _ending = new EndingSockets(_loops, logger, time);
        _left = host.Sharing.WatchLeft(time);
        _servers = new Servers(host, loop, time);
    }

    /// <summary>The listeners, in the order of the map.</summary>
    public IReadOnlyList<Listener> Listeners => _listeners;

    /// <summary>Completes when the predecessor has closed its sockets, and those that are not in the map are closed here.</summary>
    public Task WhenAlone => Task.WhenAll(_released, _closing);

    /// <summary>The predecessor's sockets that are not in the map.</summary>
    public IReadOnlyList<string> Dropped { get; private set; } = [];

    /// <summary>The sockets that are no longer in the map, and that a child has which was asked to end.</summary>
    public IReadOnlyList<EndingSocket> Ending => _ending.All;

    /// <summary>The services that are paused. May be read on any thread.</summary>
    public IReadOnlySet<string> Paused => _paused;

    /// <summary>The services that an operator has stopped.</summary>
    public IReadOnlySet<string> Stopped => _stopped;

    /// <summary>Applies a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="receiver">Serves what arrives from now on.</param>
    /// <param name="inherited">Sockets that another process has bound.</param>
    /// <param name="isAllOrNone">
    /// Whether nothing changes if a socket cannot be bound; otherwise that bind is retried.
    /// </param>
    /// <returns>What could not be bound.</returns>
    public async Task<IReadOnlyList<BindFailure>> ApplyAsync(Map map, IReceiver receiver, IInheritance inherited, bool isAllOrNone)
    {
        var running = _listeners.SelectMany(listener => listener.Sockets).ToList();
        var assignments = Assignments.Of(map, receiver, running, inherited, _logger);
        _drain = map.Daemon.Drain;
        _released = inherited.ReleasePipe is { } pipe ? WhenReleasedAsync(pipe) : _released;
        var old = _listeners;

        // These listeners retry in the background, and could bind the same sockets now.
        await Task.WhenAll(old.Where(listener => listener.IsBinding).Select(listener => listener.StopAsync())).ConfigureAwait(false);
        var ending = _ending.Take();
        var existing = old.SelectMany(listener => listener.Sockets).Concat(ending.Select(left => left.Socket)).ToList();
        var change = new SocketChange(assignments, existing);
        await CloseAsync(old, change.InTheWay).ConfigureAwait(false);
        change.Bind(new FreshSockets(_host, inherited, _released, _loop, _logger, _time), isAllOrNone);
        if (isAllOrNone && change.HasFailed)
        {
            change.Undo();
            return change.Failures();
        }

        change.LeaveToChildren();
        change.ApplyOptions();
        var (next, replaced) = Match(assignments, old, change.IsSound);
        await Task.WhenAll(replaced.Select(listener => listener.StopAsync())).ConfigureAwait(false);
        replaced.FindAll(listener => listener.Assignment.IsServer).ForEach(_servers.Keep);
        var servers = assignments.Where(assignment => assignment.IsServer).Select(assignment => assignment.Service.Name).ToHashSet();
        await EndServersAsync(replaced.Where(listener => !servers.Contains(listener.Assignment.Service.Name))).ConfigureAwait(false);
        await _ending.RetireAsync(
            replaced.SelectMany(listener => listener.Sockets.Select(socket => (listener.Assignment, socket)))
                .Where(pair => change.Drops(pair.socket)),
            _drain).ConfigureAwait(false);
        foreach (var left in ending.Where(left => change.Drops(left.Socket)))
        {
            _ending.Add(left.Socket, left.Service);
        }

        var enabled = map.Services.Where(service => service.Enabled).Select(service => service.Name).ToHashSet();
        (_paused, _stopped) = (_paused.Intersect(enabled), _stopped.Intersect(enabled));
        await StartAsync(next, change, inherited).ConfigureAwait(false);
        return change.Failures();
    }

    /// <summary>Takes what the predecessor tells: the services that are paused or stopped, and its servers.</summary>
    public void Take(IEnumerable<string> paused, IEnumerable<string> stopped, IReadOnlyDictionary<string, ServerHistory> servers)
    {
        _paused = _paused.Union(paused);
        _stopped = _stopped.Union(stopped);
        _servers.Take(servers);
    }

    /// <summary>Stops accepting on every socket. By then every accepted client has been handed on.</summary>
    public Task StopAsync()
    {
        _isStopped = true;
        return Task.WhenAll(_listeners.Select(listener => listener.StopAsync()));
    }

    /// <summary>Drops sockets and servers that the successor has not taken. After <see cref="StopAsync()"/>.</summary>
    public async Task DropAsync(IReadOnlyCollection<string> sockets)
    {
        var dropped = sockets.ToHashSet();

        // If the successor has one of its sockets, it asks the server itself.
        await EndServersAsync(_listeners.Where(listener => dropped.Contains(Assignment.IdOf(listener.Assignment.Service.Name))
            && listener.Sockets.All(socket => dropped.Contains(socket.Place.Id)))).ConfigureAwait(false);
        await _ending.RetireAsync(
            _listeners.SelectMany(listener => listener.Sockets.Where(socket => dropped.Contains(socket.Place.Id))
                .Select(socket => (listener.Assignment, socket))),
            _drain).ConfigureAwait(false);
    }

    /// <summary>
    /// Checks what no system call reports: network interfaces and paths that are gone, and sockets that processes have kept.
    /// </summary>
    public Task MaintainAsync()
    {
        _loops.Watch();
        _left.Check(_listeners);
        var addresses = new HostAddresses();
        return Task.WhenAll([.. _listeners.Select(listener => listener.RepairAsync(_drain, addresses)), _ending.ObserveAsync()]);
    }

    /// <summary>Checks that clients can still reach every socket.</summary>
    public void CheckReachability()
    {
        var addresses = new HostAddresses();
        foreach (var listener in _listeners)
        {
            listener.CheckReachability(addresses);
        }
    }

    /// <summary>Removes the paths of unix sockets, at the final stop.</summary>
    public void Unlink()
    {
        foreach (var socket in _listeners.SelectMany(listener => listener.Sockets))
        {
            socket.Unlink(_logger);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loops.Dispose();
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        _listeners = [];
        _ending.Dispose();
    }

    private async Task WhenReleasedAsync(SafeHandle release)
    {
        await Readable.WhenAsync(_loop, [release], CancellationToken.None).ConfigureAwait(false);
        release.Dispose();
    }

    /// <summary>Finds for each assignment the listener with the same sound sockets and the same kind of loop, or null.</summary>
    private static (List<(Assignment Assignment, Listener? Kept)> Next, List<Listener> Replaced) Match(
        List<Assignment> assignments, List<Listener> old, Func<BoundSocket, bool> isSound)
    {
        var left = old.Where(listener => listener.Assignment.Service.Unavailable is not null
                || (!listener.IsBinding && listener.Sockets.All(isSound)))
            .ToDictionary(listener => listener.Assignment.Likeness);
        var next = assignments.Select(assignment => (assignment, left.Remove(assignment.Likeness, out var kept) ? kept : null)).ToList();
        return (next, [.. old.Except(next.Select(pair => pair.Item2).OfType<Listener>())]);
    }

    private Task StartAsync(List<(Assignment Assignment, Listener? Kept)> next, SocketChange change, IInheritance inherited)
    {
        var listeners = new List<Listener>();
        foreach (var (assignment, listener) in next)
        {
            listener?.Assign(assignment);
            listeners.Add(listener ?? Make(assignment, change, inherited));
        }

        foreach (var row in change.Fresh.Select(socket => socket.Place).GroupBy(place => place.Row))
        {
            _logger.Listening(SocketPlace.TextOf([.. row]), row.First().Port.Service.Name);
        }

        Dropped = inherited.Dropped;
        _servers.ForgetHistories();
        _listeners = listeners;
        _closing = Task.WhenAll(_closing, inherited.CloseUnclaimedAsync(_released, _logger), EndUnfitAsync());
        foreach (var socket in change.Fresh)
        {
            // While the old one was there it had to share the port.
            _ = BindFailure.Catch(_host, socket.Place, () => socket.SharePort(share: false));
        }

        _loops.EndUnused(listeners.Select(listener => listener.Assignment));
        var paused = listeners.Where(IsHeld).ToList();

        // A change that has hung may get here after the stop.
        (_isStopped ? [] : listeners.Except(paused).ToList()).ForEach(listener => listener.Start());
        return Task.WhenAll(paused.Select(listener => listener.PauseAsync(IsStopped(listener))));
    }

    /// <summary>Closes sockets before others are bound; their listeners do not go on without them.</summary>
    private async Task CloseAsync(List<Listener> listeners, IReadOnlyList<BoundSocket> closed)
    {
        foreach (var listener in listeners.FindAll(listener => closed.Count > 0 && listener.Sockets.Any(closed.Contains)))
        {
            await listener.StopAsync().ConfigureAwait(false);
            await _ending.RetireAsync(
                listener.Sockets.Where(closed.Contains).Select(socket => (listener.Assignment, socket)), _drain).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks children that no longer match the map to end. The predecessor's children are asked once it has closed its sockets: if this
    /// start fails, the predecessor keeps using them.
    /// </summary>
    private async Task EndUnfitAsync()
    {
        await _released.ConfigureAwait(false);
        foreach (var listener in _listeners)
        {
            listener.EndChildren("changed", _drain);
        }
    }

    /// <summary>Asks the servers of dropped listeners to end, where the map no longer has the server.</summary>
    private async Task EndServersAsync(IEnumerable<Listener> dropped)
    {
        foreach (var listener in dropped.Where(listener => listener.Assignment.IsServer))
        {
            await _released.ConfigureAwait(false);
            listener.EndChildren("removed", _drain, all: true);

            // A later map that has the server again begins without this end.
            listener.Assignment.Receiver.RecordOf(listener.Assignment.Service).Renew();
        }
    }

    private Listener Make(Assignment assignment, SocketChange change, IInheritance inherited)
    {
        var service = assignment.Service;
        var sockets = service.Unavailable is null ? assignment.Places.Select(change.Find).OfType<BoundSocket>().ToList() : [];
        var failure = service.Unavailable
            ?? assignment.Places.Select(place => change.FailureOf(place)?.Message).FirstOrDefault(message => message is not null);
        if (service.Unavailable is not null)
        {
            _logger.ServiceUnavailable(service.Name, service.Unavailable);
        }
        else if (failure is not null)
        {
            _logger.BindFailed(service.Name, failure);
        }

        var listener = new Listener(assignment, sockets, failure, _loops, _logger, _time);
        if (assignment.IsServer)
        {
            listener.LeaveTo(_servers.Of(assignment, sockets.FirstOrDefault(), inherited));
        }

        return listener;
    }

    private IEnumerable<Listener> ListenersOf(string service) => _listeners.Where(listener => listener.Assignment.Service.Name == service);
}
