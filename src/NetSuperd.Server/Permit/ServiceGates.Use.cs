using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>Answers an operator's questions about the gates. Nothing is taken.</summary>
internal sealed partial class ServiceGates
{
    /// <summary>How much of each limit is used, in the order of the gates; without those that are off.</summary>
    public IReadOnlyList<LimitUse> Uses()
    {
        var (walk, ofDatagrams) = (_walk, _datagrams?.Uses());
        if (ofDatagrams is not null && !walk.Terms.HasConnections)
        {
            return ofDatagrams;
        }

        lock (gates)
        {
            return [.. ofDatagrams ?? [], .. walk.Uses(_state)];
        }
    }

    /// <summary>
    /// How many connections it can have at once, by its own <c>max_connections</c> and the daemon's, and how many more now; null: any
    /// number, or it has none.
    /// </summary>
    public (int Most, int Free)? Places()
    {
        var (own, all) = (Connections.Use, _state.Total.Use);
        var (ownMost, allMost) = (own.Most ?? int.MaxValue, all.Most ?? int.MaxValue);
        var most = Math.Min(ownMost, allMost);
        return most == int.MaxValue || !_walk.Terms.HasConnections
            ? null
            : (most, Math.Max(0, Math.Min(ownMost - own.Taken, allMost - all.Taken)));
    }

    /// <summary>The word with which the kernel would drop a datagram of a peer; null: a child that has the socket receives it.</summary>
    public string? FilterRefusalOf(in Peer peer)
    {
        var visit = new Visit(_state, _walk.Terms, in peer) { IsLook = true };
        return GateOrder.Filtering.Test(ref visit).Reason;
    }

    /// <summary>Whether a peer would be admitted now.</summary>
    public Outlook OutlookOf(in Peer peer)
    {
        lock (gates)
        {
            var walk = _walk;
            var visit = new Visit(_state, walk.Terms, in peer) { IsLook = true };
            return walk.OutlookOf(service, ref visit);
        }
    }
}
