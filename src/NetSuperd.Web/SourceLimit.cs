using System.Net;
using Microsoft.AspNetCore.Connections;

namespace NetSuperd.Web;

/// <summary>Keeps a few addresses from taking all connections of the page.</summary>
/// <remarks>
/// Where all are taken, the address that has most of them loses its oldest to one that has fewer; where all have as few, the one that has
/// been idle for the longest time goes. So many silent connections keep out no browser, wherever they come from.
/// </remarks>
/// <param name="most">The most connections.</param>
/// <param name="mostOfASource">The most connections of one address, or of one network of IPv6.</param>
internal sealed class SourceLimit(int most, int mostOfASource)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, LinkedList<PageClient>> _taken = [];
    private int _count;

    /// <summary>The next step, for connections within the limit; others are closed at once.</summary>
    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        if (Enter(new PageClient(connection)) is not { } place)
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
            Leave(place);
        }
    };

    private LinkedListNode<PageClient>? Enter(PageClient client)
    {
        PageClient? displaced = null;
        LinkedListNode<PageClient>? place = null;
        lock (_lock)
        {
            var own = _taken.GetValueOrDefault(client.Source) ?? [];
            if (own.Count < mostOfASource && (_count < most || TryDisplace(own.Count, out displaced)))
            {
                _taken[client.Source] = own;
                _count++;
                place = own.AddLast(client);
            }
        }

        displaced?.Connection.Abort();
        return place;
    }

    /// <summary>Takes a place from an address, where that leaves it as many as the other one gets, or one fewer for an idle one.</summary>
    private bool TryDisplace(int own, out PageClient? displaced)
    {
        var largest = _taken.Values.MaxBy(clients => clients.Count)!;
        displaced = largest.Count > own + 1 ? largest.First!.Value : _taken.Values.Where(clients => clients.Count == own + 1)
            .SelectMany(clients => clients).Where(client => client.IsIdle).MinBy(client => client.IdleSince);
        if (displaced is not null)
        {
            Remove(_taken[displaced.Source].Find(displaced)!);
        }

        return displaced is not null;
    }

    private void Leave(LinkedListNode<PageClient> place)
    {
        lock (_lock)
        {
            // One that was displaced has left before.
            if (place.List is not null)
            {
                Remove(place);
            }
        }
    }

    private void Remove(LinkedListNode<PageClient> place)
    {
        var all = place.List!;
        all.Remove(place);
        _count--;
        if (all.Count == 0)
        {
            _taken.Remove(place.Value.Source);
        }
    }
}
