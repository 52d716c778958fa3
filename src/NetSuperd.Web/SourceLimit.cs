using System.Net;
using Microsoft.AspNetCore.Connections;

namespace NetSuperd.Web;

/// <summary>Keeps a few addresses from taking all connections of the page.</summary>
/// <remarks>
/// Where all are taken, the address that has most of them loses its oldest to one that has fewer: many silent connections keep out no
/// browser.
/// </remarks>
/// <param name="most">The most connections.</param>
/// <param name="mostOfASource">The most connections of one address, or of one network of IPv6.</param>
internal sealed class SourceLimit(int most, int mostOfASource)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, LinkedList<ConnectionContext>> _taken = [];
    private int _count;

    /// <summary>The next step, for connections within the limit; others are closed at once.</summary>
    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        var source = Source.Of((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (Enter(source, connection) is not { } place)
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(source, place);
        }
    };

    private LinkedListNode<ConnectionContext>? Enter(IPAddress source, ConnectionContext connection)
    {
        ConnectionContext? displaced = null;
        LinkedListNode<ConnectionContext>? place = null;
        lock (_lock)
        {
            var own = _taken.GetValueOrDefault(source) ?? [];
            if (own.Count < mostOfASource && (_count < most || TryDisplace(own.Count, out displaced)))
            {
                _taken[source] = own;
                _count++;
                place = own.AddLast(connection);
            }
        }

        displaced?.Abort();
        return place;
    }

    /// <summary>Takes a place from the address that has most, where that leaves it as many as the other one gets.</summary>
    private bool TryDisplace(int own, out ConnectionContext? displaced)
    {
        var largest = _taken.MaxBy(pair => pair.Value.Count);
        displaced = largest.Value.Count > own + 1 ? largest.Value.First!.Value : null;
        if (displaced is not null)
        {
            Remove(largest.Key, largest.Value.First!);
        }

        return displaced is not null;
    }

    private void Leave(IPAddress source, LinkedListNode<ConnectionContext> place)
    {
        lock (_lock)
        {
            // One that was displaced has left before.
            if (place.List is not null)
            {
                Remove(source, place);
            }
        }
    }

    private void Remove(IPAddress source, LinkedListNode<ConnectionContext> place)
    {
        var all = place.List!;
        all.Remove(place);
        _count--;
        if (all.Count == 0)
        {
            _taken.Remove(source);
        }
    }
}
