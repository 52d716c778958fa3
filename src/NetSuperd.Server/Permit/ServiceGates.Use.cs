using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>Answers an operator's questions about the gates. Nothing is taken.</summary>
internal sealed partial class ServiceGates
{
    /// <summary>How much of each limit is used, in the order of the gates; without those that are off.</summary>
    public IReadOnlyList<LimitUse> Uses()
    {
        var (walk, uses) = (_walk, new List<LimitUse>());
        if (_datagrams is { } datagrams)
        {
            uses.AddRange(datagrams.Uses());
            if (walk.Terms.Admission.MaxConnections is null)
            {
                return uses;
            }
        }

        lock (gates)
        {
            uses.AddRange(walk.Uses(_state));
        }

        return uses;
    }

    /// <summary>The word with which the kernel would drop a datagram of a peer; null: a child that has the socket receives it.</summary>
    public string? ForeseeFiltered(in Peer peer)
    {
        var visit = new Visit(_state, _walk.Terms, in peer) { IsLook = true };
        return GateOrder.Filtering.Test(ref visit).Reason;
    }

    /// <summary>Whether a peer would be admitted now.</summary>
    public Outlook Foresee(in Peer peer)
    {
        lock (gates)
        {
            var walk = _walk;
            var visit = new Visit(_state, walk.Terms, in peer) { IsLook = true };
            return walk.Foresee(service, ref visit);
        }
    }
}
