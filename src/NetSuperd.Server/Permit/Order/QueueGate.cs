namespace NetSuperd.Server.Permit.Order;

/// <summary>A gate that a connection passes before it is accepted: it needs no look at the peer, and a queue may wait there.</summary>
/// <inheritdoc/>
internal abstract class QueueGate(Verdict refusal, string key) : EntryGate(refusal, key)
{
    /// <summary>The connections whose ends wake a queue that waits here.</summary>
    public virtual ConnectionCount CountOf(GateState state) => state.Connections;

    /// <summary>
    /// How long until the next client may pass although no connection ends, in the units of the clock; null: it may not. Under the lock.
    /// </summary>
    public virtual long? WaitOf(GateState state, Terms terms) => null;

    /// <summary>Whether a queue is so long that its first clients are accepted and judged by their sources instead of waiting.</summary>
    public virtual bool IsLong(GateWait wait, GateState state, Terms terms) => false;

    /// <summary>Notes a client that was accepted although it is refused here. Under the lock.</summary>
    public virtual void NoteRefused(ref Visit visit)
    {
    }
}
