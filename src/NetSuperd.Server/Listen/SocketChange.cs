namespace NetSuperd.Server.Listen;

/// <summary>What another map means for the sockets: which stay, which are bound, which are dropped, and which cannot be bound.</summary>
internal sealed class SocketChange
{
    private readonly IReadOnlyList<BoundSocket> _existing;
    private readonly List<SocketPlace> _places;
    private readonly HashSet<string> _wanted;
    private readonly Dictionary<string, BoundSocket> _kept;
    private readonly Dictionary<string, BindFailure> _failures = [];
    private Dictionary<string, BoundSocket> _fresh = [];

    /// <param name="assignments">The assignments of the map.</param>
    /// <param name="existing">The sockets that are bound.</param>
    public SocketChange(IEnumerable<Assignment> assignments, IReadOnlyList<BoundSocket> existing)
    {
        _existing = existing;
        _places = [.. assignments.Where(assignment => assignment.Service.Unavailable is null).SelectMany(assignment => assignment.Places)];
        _wanted = [.. _places.Select(place => place.Id)];
        InTheWay = [.. existing.Where(socket => socket.KeepsPort && _places.Any(socket.Place.Overlaps))];
        _kept = existing.Where(socket => socket.IsReachable && !InTheWay.Contains(socket)).ToDictionary(socket => socket.Place.Id);
    }

    /// <summary>
    /// The sockets that have to be closed before the map's are bound, since the system does not let them share their port later.
    /// </summary>
    public IReadOnlyList<BoundSocket> InTheWay { get; }

    /// <summary>The sockets that have been bound for the map.</summary>
    public IReadOnlyCollection<BoundSocket> Fresh => _fresh.Values;

    /// <summary>Whether a socket could not be bound or changed.</summary>
    public bool HasFailed => _failures.Count > 0;

    /// <summary>What could not be bound or changed.</summary>
    public IReadOnlyList<BindFailure> Failures() => BindFailure.Join(_failures.Values);

    /// <summary>Why a place has no socket as the map wants it; null where it has one.</summary>
    public BindFailure? FailureOf(SocketPlace place) => _failures.GetValueOrDefault(place.Id);

    /// <summary>The socket at a place; null where it could not be bound.</summary>
    public BoundSocket? Find(SocketPlace place) => _kept.GetValueOrDefault(place.Id) ?? _fresh.GetValueOrDefault(place.Id);

    /// <summary>Whether a socket stays and has the options and the filter of the map.</summary>
    public bool IsSound(BoundSocket socket) => IsKept(socket) && !socket.HasOldFilter && !_failures.ContainsKey(socket.Place.Id);

    /// <summary>Whether the map does not have an open socket any more, or has another one at its place.</summary>
    public bool Drops(BoundSocket socket) =>
        !InTheWay.Contains(socket) && (!_wanted.Contains(socket.Place.Id) || !IsKept(socket));

    /// <summary>Binds the places that have no socket yet, and listens there.</summary>
    /// <param name="sockets">Binds them.</param>
    /// <param name="isAllOrNone">
    /// Whether to listen only if all are bound, so that no client connects to a socket that is taken back.
    /// </param>
    public void Bind(FreshSockets sockets, bool isAllOrNone)
    {
        _fresh = sockets.Bind([.. _places.Where(place => !_kept.ContainsKey(place.Id))], _kept.Values, _failures);
        foreach (var socket in isAllOrNone && HasFailed ? [] : _fresh.Values.ToList())
        {
            if (BindFailure.Catch(socket.Host, socket.Place, socket.Listen) is { } failure)
            {
                _failures[socket.Place.Id] = failure;
                _fresh.Remove(socket.Place.Id);
                Close(socket);
            }
        }
    }

    /// <summary>Closes what has been bound.</summary>
    public void Undo()
    {
        foreach (var socket in _fresh.Values)
        {
            Close(socket);
        }
    }

    /// <summary>A child may still hold an unreachable socket; the new one waits for it, so that only one child runs.</summary>
    public void LeaveToChildren()
    {
        foreach (var lost in _existing.Except(_kept.Values))
        {
            if (_fresh.TryGetValue(lost.Place.Id, out var socket) && lost.Holder is { Ended.IsCompleted: false } holder)
            {
                socket.LeaveTo(holder);
            }
        }
    }

    /// <summary>Gives the sockets that stay the options of the map.</summary>
    public void ApplyOptions()
    {
        foreach (var place in _places)
        {
            if (_kept.TryGetValue(place.Id, out var socket)
                && BindFailure.Catch(socket.Host, place, () => socket.Apply(place)) is { } failure)
            {
                _failures[place.Id] = failure;
            }
        }
    }

    private static void Close(BoundSocket socket)
    {
        socket.Unlink();
        socket.Dispose();
    }

    private bool IsKept(BoundSocket socket) => _kept.GetValueOrDefault(socket.Place.Id) == socket;
}
