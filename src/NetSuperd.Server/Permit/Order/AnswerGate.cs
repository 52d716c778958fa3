using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary>
/// A gate before the answers to datagrams: the sender's address may be forged. No gate lets an answer begin a loop (CVE-1999-0103,
/// CVE-2024-2169).
/// </summary>
/// <inheritdoc/>
internal abstract class AnswerGate(Verdict refusal, string key) : Gate(refusal, key)
{
    /// <inheritdoc/>
    /// <remarks>The address of a unix socket cannot be forged.</remarks>
    public override bool IsFor(AddressFamily family) => !family.IsUnix;

    /// <summary>Whether a peer may get any answer at all.</summary>
    public virtual bool Admits(in Peer peer) => true;

    /// <summary>Whether an answer may be sent. Takes nothing; the last one may count it.</summary>
    public abstract Verdict Test(ref Answer answer);

    /// <summary>Takes what the answer uses, once all gates have let it pass.</summary>
    public virtual void Take(ref Answer answer)
    {
    }

    /// <summary>How much of it the source of a peer uses; null: it is off, or counts nothing. Under the lock.</summary>
    public virtual LimitUse? UseOf(GateState state, Terms terms, in Peer peer, long now) => null;
}
