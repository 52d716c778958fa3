using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>What the operator asks of the gates. Nothing is taken.</summary>
internal sealed partial class ServiceGates
{
    /// <summary>How much of each limit is used, in the order of the gates; those that are off are left out.</summary>
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

    /// <summary>What would become of a peer that came now.</summary>
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
