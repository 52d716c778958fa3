using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary>A gate that connections, datagrams or both pass on their way in.</summary>
/// <inheritdoc/>
internal abstract class EntryGate(Verdict refusal, string key) : Gate(refusal, key)
{
    /// <summary>Whether its test looks at what has been counted, and is under the lock.</summary>
    public virtual bool Counts => true;

    /// <summary>Whether a visit may pass. Takes nothing; notes the source, unless the visit is only a look.</summary>
    public abstract Verdict Test(ref Visit visit);

    /// <summary>Takes what the visit uses, once all gates that are asked together have let it pass.</summary>
    public virtual void Take(ref Visit visit)
    {
    }

    /// <summary>Gives back what a connection has taken here.</summary>
    public virtual void GiveBack(GateState state, Lease lease)
    {
    }

    /// <summary>How much of it the source of a visit uses; null: it is off, or counts nothing. Under the lock.</summary>
    public virtual LimitUse? UseOf(ref Visit visit) => Use(visit.State, visit.Terms, visit.Now);
}
