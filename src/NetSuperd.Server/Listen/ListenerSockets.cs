using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The bound sockets of a listener, by their places. Commands read them while the listener binds.</summary>
internal sealed class ListenerSockets(IEnumerable<BoundSocket> sockets, Host host, ILogger logger)
{
    private readonly Dictionary<string, BoundSocket> _sockets = sockets.ToDictionary(socket => socket.Place.Id);
    private readonly HashSet<string> _abandoned = [];
    private long _replaced;

    /// <summary>How often a socket has been bound here: after a failure, or in the place of another.</summary>
    public long Binds { get; private set; }

    /// <summary>The socket of a place; null where it is not bound.</summary>
    public BoundSocket? Find(string id)
    {
        lock (_sockets)
        {
            return _sockets.GetValueOrDefault(id);
        }
    }

    /// <summary>The bound sockets of places, in the order of the places.</summary>
    public List<BoundSocket> At(IReadOnlyList<SocketPlace> places)
    {
        lock (_sockets)
        {
            return [.. places.Select(place => _sockets.GetValueOrDefault(place.Id)).OfType<BoundSocket>()];
        }
    }

    /// <summary>Whether a test holds for a bound socket of some places. A status asks that thousands of times: no list is made.</summary>
    public bool Any(IReadOnlyList<SocketPlace> places, Func<BoundSocket, bool> test)
    {
        lock (_sockets)
        {
            for (var i = 0; i < places.Count; i++)
            {
                if (_sockets.TryGetValue(places[i].Id, out var bound) && test(bound))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Forgets a socket that is about to be closed.</summary>
    public void Remove(BoundSocket socket)
    {
        lock (_sockets)
        {
            _sockets.Remove(socket.Place.Id);
        }
    }

    /// <summary>Binds the socket of a place, or applies the entry to the bound one.</summary>
    /// <returns>Why that failed; null: it is done.</returns>
    public BindFailure? TryBind(SocketPlace place, string service)
    {
        if (Find(place.Id) is { } bound && !(bound is { WasShared: true, Unshared.IsCompleted: true } && GiveUpSpoiled(bound, service)))
        {
            return BindFailure.Catch(host, place, () => bound.Apply(place));
        }

        BoundSocket? socket = null;
        var failure = BindFailure.Catch(host, place, () =>
        {
            // Another process may still have the socket that it replaces.
            var isReplacement = _abandoned.Contains(place.Id);
            socket = BoundSocket.Bind(host, place, sharesPort: isReplacement);
            if (isReplacement)
            {
                socket.SharePort(share: false);
            }

            socket.Listen();
        });
        if (failure is not null)
        {
            socket?.Unlink();
            socket?.Dispose();
            return failure;
        }

        lock (_sockets)
        {
            _sockets[place.Id] = socket!;
            Binds++;
        }

        _abandoned.Remove(place.Id);

        return null;
    }

    /// <summary>
    /// Abandons a socket that children have left in a state that cannot be undone, that clients cannot reach, or that has the filter of an
    /// earlier map; a new one is bound in its place.
    /// </summary>
    /// <returns>Whether it was abandoned.</returns>
    public bool GiveUpSpoiled(BoundSocket socket, string service)
    {
        if (socket.HasOldFilter)
        {
            logger.FilterChanged(service, socket.Local);
        }
        else if (socket.Repair(logger) is { } changes)
        {
            logger.SocketReplaced(service, socket.Local, changes, ++_replaced);
        }
        else if (SocketAbsence.LossOf(socket, isServed: true) is { } loss)
        {
            logger.BindFailed(service, loss);
        }
        else
        {
            return false;
        }

        // What children have spoiled is not shared with a process that a child has left: the service fails until that has ended.
        Remove(socket);
        socket.Abandon(sharesPort: socket.HasOldFilter);
        if (socket.HasOldFilter)
        {
            _abandoned.Add(socket.Place.Id);
        }

        return true;
    }
}
