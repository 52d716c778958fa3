using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The listening sockets of the map in force. Another map changes what differs and leaves alone what does not.</summary>
/// <remarks>
/// New sockets are bound before old ones are dropped, and a socket that stays is never closed: its backlog is what clients wait in. No call
/// may come while another is under way.
/// </remarks>
internal sealed class ListenerSet : IDisposable
{
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DescriptorReserve _reserve;
    private readonly HashSet<string> _paused = [];
    private readonly EventLoop _loop;
    private readonly EventLoop _childLoop;
    private readonly DatagramThreads _threads;
    private readonly EndingSockets _ending;
    private readonly LeftHolders _left;
    private volatile List<Listener> _listeners = [];
    private volatile bool _isStopped;
    private Task _released = Task.CompletedTask;
    private Task _closing = Task.CompletedTask;
    private TimeSpan _drain;

    /// <param name="loop">Where connections for handlers are accepted.</param>
    /// <param name="childLoop">Where connections for children are accepted: a storm of these does not hold up those.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="connections">Tells how many connections and children there are.</param>
    public ListenerSet(EventLoop loop, EventLoop childLoop, ILogger logger, TimeProvider time, Func<int> connections)
    {
        _loop = loop;
        _childLoop = childLoop;
        _logger = logger;
        _time = time;
        _ending = new EndingSockets(logger, time);
        _left = new LeftHolders(time);
        _reserve = new DescriptorReserve(() => Descriptors.Limit, Descriptors.Count(), connections);
        _threads = new DatagramThreads(
            name => _reserve.TryTake(DatagramThread.Descriptors)
                ? new DatagramThread(name, logger)
                : throw new IOException(_reserve.Reason));
    }

    /// <summary>The listeners, in the order of the map.</summary>
    public IReadOnlyList<Listener> Listeners => _listeners;

    /// <summary>
    /// Completes when the process before this one has let go of its sockets, and those that no entry of the map is for are closed.
    /// </summary>
    public Task WhenAlone => Task.WhenAll(_released, _closing);

    /// <summary>The sockets of the process before this one that no entry of the map is for.</summary>
    public IReadOnlyList<string> Dropped { get; private set; } = [];

    /// <summary>The sockets that no entry of the map is for any more and that a child has which was asked to end.</summary>
    public IReadOnlyList<EndingSocket> Ending => _ending.All;

    /// <summary>The services that are paused.</summary>
    public IReadOnlyCollection<string> Paused => _paused;

    /// <summary>Listens as the map says.</summary>
    /// <param name="map">The map.</param>
    /// <param name="receiver">Serves what arrives from now on.</param>
    /// <param name="inherited">Sockets that another process has bound.</param>
    /// <param name="isAllOrNone">
    /// Whether nothing changes where a socket cannot be bound; otherwise that one is tried again and again.
    /// </param>
    /// <returns>What could not be bound.</returns>
    public async Task<IReadOnlyList<BindFailure>> ApplyAsync(Map map, IReceiver receiver, Inheritance inherited, bool isAllOrNone)
    {
        var assignments = Assignments(map, receiver, inherited);
        _drain = map.Daemon.Drain;
        _released = inherited.Release is { } release ? WhenReleasedAsync(release) : _released;
        var old = _listeners;

        // They go on in the background otherwise, and might bind now what is bound here.
        await Task.WhenAll(old.Where(listener => listener.IsBinding).Select(listener => listener.StopAsync())).ConfigureAwait(false);
        var ending = _ending.Take();
        var existing = old.SelectMany(listener => listener.Sockets).Concat(ending.Select(left => left.Socket)).ToList();
        var kept = existing.Where(socket => socket.IsReachable).ToDictionary(socket => socket.Place.Id);
        bool IsKept(BoundSocket socket) => kept.GetValueOrDefault(socket.Place.Id) == socket;
        var places = assignments.Where(assignment => assignment.Service.Unavailable is null)
            .SelectMany(assignment => assignment.Places)
            .ToList();
        var failures = new Dictionary<string, BindFailure>();
        var fresh = BindFresh(places.Where(place => !kept.ContainsKey(place.Id)).ToList(), kept.Values, inherited, failures);

        // Only when all are bound: nobody connects to what may have to be taken back.
        foreach (var socket in isAllOrNone && failures.Count > 0 ? [] : fresh.Values.ToList())
        {
            if (BindFailure.Catch(socket.Place, socket.Listen) is { } failure)
            {
                failures[socket.Place.Id] = failure;
                fresh.Remove(socket.Place.Id);
                socket.Unlink();
                socket.Dispose();
            }
        }

        if (isAllOrNone && failures.Count > 0)
        {
            foreach (var socket in fresh.Values)
            {
                socket.Unlink();
                socket.Dispose();
            }

            return [.. failures.Values];
        }

        foreach (var lost in existing.Except(kept.Values))
        {
            if (fresh.TryGetValue(lost.Place.Id, out var socket) && lost.Holder is { Ended.IsCompleted: false } holder)
            {
                // A child that has the one that nobody reaches any more is still the only one.
                socket.LeaveTo(holder);
            }
        }

        foreach (var place in places)
        {
            if (kept.TryGetValue(place.Id, out var socket) && BindFailure.Catch(place, () => socket.Become(place)) is { } failure)
            {
                failures[place.Id] = failure;
            }
        }

        var (next, replaced) = Match(assignments, old, socket => IsKept(socket) && !failures.ContainsKey(socket.Place.Id));
        await Task.WhenAll(replaced.Select(listener => listener.StopAsync())).ConfigureAwait(false);
        var wanted = places.Select(place => place.Id).ToHashSet();
        await Task.WhenAll(replaced.SelectMany(listener => listener.Sockets.Select(socket => (listener, socket)))
            .Where(pair => !wanted.Contains(pair.socket.Place.Id) || !IsKept(pair.socket))
            .Select(pair => RetireAsync(pair.listener, pair.socket))).ConfigureAwait(false);
        foreach (var left in ending.Where(left => !wanted.Contains(left.Socket.Place.Id) || !IsKept(left.Socket)))
        {
            _ending.Add(left.Socket, left.Service);
        }

        await StartAsync(next, kept, fresh, failures, inherited).ConfigureAwait(false);
        return [.. failures.Values];
    }

    /// <summary>Those that are going to be paused before anything is accepted, because they were in the process before this one.</summary>
    public void Pause(IEnumerable<string> services) => _paused.UnionWith(services);

    /// <summary>Lets the clients of a service wait in the backlog.</summary>
    /// <remarks>A child that has a socket of it would go on to serve them: it is asked to end.</remarks>
    public async Task PauseAsync(string service)
    {
        _paused.Add(service);
        foreach (var listener in Of(service).ToList())
        {
            await listener.PauseAsync().ConfigureAwait(false);
            listener.EndChildren("paused", _drain, all: true);
        }
    }

    /// <summary>Accepts again.</summary>
    public void Resume(string service)
    {
        _paused.Remove(service);
        foreach (var listener in Of(service))
        {
            listener.Start();
        }
    }

    /// <summary>Accepts no more on any socket; what has been accepted has been handed on then.</summary>
    public Task StopAsync()
    {
        _isStopped = true;
        return Task.WhenAll(_listeners.Select(listener => listener.StopAsync()));
    }

    /// <summary>Drops sockets that the next process has not taken. After <see cref="StopAsync"/>.</summary>
    public Task DropAsync(IReadOnlyCollection<string> sockets)
    {
        var dropped = sockets.ToHashSet();
        return Task.WhenAll(_listeners.SelectMany(
            listener => listener.Sockets.Where(socket => dropped.Contains(socket.Place.Id))
                .Select(socket => RetireAsync(listener, socket))));
    }

    /// <summary>
    /// Looks after what no system call reports: network interfaces and paths that are gone, and sockets that processes have kept.
    /// </summary>
    public Task TendAsync()
    {
        _reserve.Look();
        _threads.Watch();
        _left.Tend(_listeners);
        return Task.WhenAll(_listeners.Select(listener => listener.MendAsync()));
    }

    /// <summary>Looks whether clients still come to every socket.</summary>
    public void Look()
    {
        foreach (var listener in _listeners)
        {
            listener.Look();
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

    /// <summary>Makes what a listener does with its sockets once all of them are bound.</summary>
    internal IListenLoop MakeLoop(Listener listener, IReadOnlyList<BoundSocket> sockets) => listener.Assignment switch
    {
        { IsShared: true } => new WaitLoop(_childLoop, sockets, _logger, _time, listener.Note),
        { Accepts: true } accepting => new AcceptLoop(LoopOf(accepting), new Backlog(sockets[0], _reserve), _logger, _time, listener.Note),
        var datagrams => new DatagramLoop(sockets[0], _threads.Of(datagrams.Service.Name, datagrams.Receiver.MayBlock(datagrams.Service))),
    };

    /// <summary>Serves the clients that wait on a socket which is about to be closed. While no other loop accepts on it.</summary>
    internal Task DrainAsync(BoundSocket socket, Assignment assignment) =>
        new ClosingListener(LoopOf(assignment), socket, _time).DrainAsync(assignment);

    /// <inheritdoc/>
    public void Dispose()
    {
        _threads.EndOthers([]);
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        _listeners = [];
        _ending.Dispose();
    }

    /// <summary>
    /// What the map says of each listener: one for every socket, and one for all sockets of a service whose child gets them together.
    /// </summary>
    private List<Assignment> Assignments(Map map, IReceiver receiver, Inheritance inherited)
    {
        var anywhere = Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : new[] { IPAddress.Any };
        if (anywhere.Length == 1 && map.Ports.Any(port => port.Key is { Path: null, Address: null }))
        {
            _logger.NoIPv6();
        }

        var running = _listeners.SelectMany(listener => listener.Sockets).ToList();
        var dual = running.Where(socket => socket.IsDualStack).Select(socket => socket.Port.Key).ToHashSet();
        var byName = running.Where(socket => socket.Place.IsNamed).ToLookup(socket => (socket.Port.Key, socket.Port.Name));
        IEnumerable<SocketPlace> Own(Port port) => port.Key switch
        {
            { Path: not null } => [new SocketPlace(port, null)],
            { Address: { } address } => [new SocketPlace(port, address)],
            var key when dual.Contains(key) || inherited.HasDualStack(key) => [new SocketPlace(port, IPAddress.IPv6Any)],
            _ => anywhere.Select(address => new SocketPlace(port, address)),
        };
        IEnumerable<SocketPlace> Places(Port port)
        {
            var named = byName[(port.Key, port.Name)].Select(socket => socket.Place with { Port = port });
            return named.Concat(inherited.Named(port, Own(port))).ToList() is { Count: > 0 } places ? places : Own(port);
        }

        var datagramPorts = map.DatagramPorts();
        return [.. map.Ports.SelectMany(Places)
            .GroupBy(place => place.Port.Service.Program is { Wait: true, Fds: ChildFds.Listen } ? (object)place.Port.Service : place)
            .Select(group => new Assignment([.. group], receiver) { DatagramPorts = datagramPorts })];
    }

    /// <summary>Binds what is not bound yet, or takes it from those that another process has bound.</summary>
    private Dictionary<string, BoundSocket> BindFresh(
        List<SocketPlace> places, IReadOnlyCollection<BoundSocket> others, Inheritance inherited, Dictionary<string, BindFailure> failures)
    {
        var fresh = new Dictionary<string, BoundSocket>();
        var byNumber = others.Where(other => other.Place.Address is not null).ToLookup(other => other.Port.Key.Number);
        foreach (var place in places)
        {
            var neighbours = byNumber[place.Port.Key.Number].Where(other => other.Place.Overlaps(place)).ToList();
            BoundSocket? socket = null;
            var failure = BindFailure.Catch(place, () =>
            {
                neighbours.ForEach(neighbour => neighbour.SharePort(share: true));
                socket = Adopt(place, inherited) ?? BoundSocket.Bind(place, sharesPort: inherited.SharePort(place) | neighbours.Count > 0);
            });
            if (failure is null)
            {
                fresh.Add(place.Id, socket!);
            }
            else
            {
                failures[place.Id] = failure;
            }
        }

        return fresh;
    }

    private BoundSocket? Adopt(SocketPlace place, Inheritance inherited)
    {
        if (inherited.Adopt(place, _released) is not var (socket, holders))
        {
            return null;
        }

        if (holders.Count > 0)
        {
            socket.LeaveTo(new OtherProcesses(holders, inherited.Definitions.GetValueOrDefault(place.Id), _loop, _time));
        }

        _logger.SocketAdopted(place.Local, place.Port.Service.Name);
        return socket;
    }

    private async Task WhenReleasedAsync(Descriptor release)
    {
        await Readable.WhenAsync(_loop, [release], CancellationToken.None).ConfigureAwait(false);
        release.Dispose();
    }

    /// <summary>
    /// Finds for each assignment the listener that has the same sockets, all sound, and does the same with them, or null.
    /// </summary>
    private static (List<(Assignment Assignment, Listener? Kept)> Next, List<Listener> Replaced) Match(
        List<Assignment> assignments, List<Listener> old, Func<BoundSocket, bool> isSound)
    {
        var left = old.Where(listener => listener.Assignment.Service.Unavailable is not null
                || (!listener.IsBinding && listener.Sockets.All(isSound)))
            .ToDictionary(listener => KeyOf(listener.Assignment));
        var next = assignments.Select(assignment => (assignment, left.Remove(KeyOf(assignment), out var kept) ? kept : null)).ToList();
        return (next, [.. old.Except(next.Select(pair => pair.Item2).OfType<Listener>())]);
    }

    private EventLoop LoopOf(Assignment assignment) => assignment.Service.Program is null ? _loop : _childLoop;

    private static (bool IsShared, bool HasChildren, string Sockets, string? Unavailable, string? Thread) KeyOf(Assignment assignment) => (
        assignment.IsShared,
        assignment.Service.Program is not null,
        string.Join('\n', assignment.Places.Select(place => place.Id)),
        assignment.Service.Unavailable,
        assignment.IsShared || assignment.Accepts ? null : assignment.Receiver.MayBlock(assignment.Service) ? assignment.Service.Name : "");

    private Task StartAsync(
        List<(Assignment Assignment, Listener? Kept)> next,
        Dictionary<string, BoundSocket> kept,
        Dictionary<string, BoundSocket> fresh,
        Dictionary<string, BindFailure> failures,
        Inheritance inherited)
    {
        var listeners = new List<Listener>();
        foreach (var (assignment, listener) in next)
        {
            listener?.Assign(assignment);
            listeners.Add(listener ?? Make(assignment, kept, fresh, failures));
        }

        Dropped = inherited.Dropped;
        _listeners = listeners;
        _closing = Task.WhenAll(_closing, inherited.CloseRestAsync(_released, _logger), EndUnfitAsync());
        foreach (var socket in fresh.Values)
        {
            // While the old one was there it had to share the port.
            _ = BindFailure.Catch(socket.Place, () => socket.SharePort(share: false));
        }

        var services = listeners.Select(listener => listener.Assignment.Service.Name).ToHashSet();
        _paused.IntersectWith(services);
        _threads.EndOthers(listeners.Select(listener => listener.Assignment)
            .Where(assignment => !assignment.IsShared && !assignment.Accepts)
            .Select(assignment => (assignment.Service.Name, assignment.Receiver.MayBlock(assignment.Service))));
        var paused = listeners.Where(listener => _paused.Contains(listener.Assignment.Service.Name)).ToList();

        // A change that has hung may come to this point after the stop.
        (_isStopped ? [] : listeners.Except(paused).ToList()).ForEach(listener => listener.Start());
        return Task.WhenAll(paused.Select(listener => listener.PauseAsync()));
    }

    /// <summary>
    /// Has children end that are not what the map says. Those of the process before this one have time until that has let go of its
    /// sockets: where this one does not come to serve, that one goes on with them.
    /// </summary>
    private async Task EndUnfitAsync()
    {
        await _released.ConfigureAwait(false);
        foreach (var listener in _listeners)
        {
            listener.EndChildren("changed", _drain);
        }
    }

    private Listener Make(
        Assignment assignment, Dictionary<string, BoundSocket> kept, Dictionary<string, BoundSocket> fresh,
        Dictionary<string, BindFailure> failures)
    {
        var service = assignment.Service;
        var sockets = new List<BoundSocket>();
        foreach (var place in service.Unavailable is null ? assignment.Places : [])
        {
            if (kept.TryGetValue(place.Id, out var socket))
            {
                sockets.Add(socket);
            }
            else if (fresh.TryGetValue(place.Id, out var bound))
            {
                sockets.Add(bound);
                _logger.Listening(bound.Local, service.Name);
            }
        }

        var failure = service.Unavailable is { } missing ? missing
            : assignment.Places.Select(place => failures.GetValueOrDefault(place.Id)?.Message)
                .FirstOrDefault(message => message is not null);
        if (service.Unavailable is not null)
        {
            _logger.ServiceUnavailable(service.Name, service.Unavailable);
        }
        else if (failure is not null)
        {
            _logger.BindFailed(service.Name, failure);
        }

        return new Listener(assignment, sockets, failure, this, _logger, _time);
    }

    /// <summary>
    /// Drops a socket that no map names any more, and serves first the clients that have connected to it: none that came in time is turned
    /// away.
    /// </summary>
    private async Task RetireAsync(Listener listener, BoundSocket bound)
    {
        await bound.Released.ConfigureAwait(false);
        bound.Unlink(_logger);
        if (!bound.Rest.IsCompleted)
        {
            if (bound.EndHolder(definition: null, _drain))
            {
                _logger.ChildEnding(listener.Assignment.Service.Name, bound.Local, "removed");
            }

            _ending.Add(bound, listener.Assignment.Service.Name);
            return;
        }

        if (listener.Assignment.Accepts)
        {
            await DrainAsync(bound, listener.Assignment).ConfigureAwait(false);
        }

        bound.Dispose();
        _logger.ListenerClosed(bound.Local, listener.Assignment.Service.Name);
    }

    private IEnumerable<Listener> Of(string service) => _listeners.Where(listener => listener.Assignment.Service.Name == service);
}
