using System.Net.Sockets;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary>
/// A gate before a service: all that is known of it stands in its class, and its place among the others in <see cref="GateOrder"/>. It has
/// no state: what it counts is in a <see cref="GateState"/>, what the map says in <see cref="Terms"/>.
/// </summary>
/// <param name="refusal">What it says to those that it does not let in.</param>
/// <param name="key">Its key in the map; empty where it has none.</param>
internal abstract class Gate(Verdict refusal, string key)
{
    /// <summary>What it says to those that it does not let in.</summary>
    public Verdict Refusal => refusal;

    /// <summary>Its key in the map; empty where it has none.</summary>
    public string Key => key;

    /// <summary>Whether it is asked by these terms.</summary>
    public virtual bool IsOn(Terms terms) => true;

    /// <summary>Whether peers of a family come to it.</summary>
    public virtual bool IsFor(AddressFamily family) => true;

    /// <summary>
    /// How much of it the service, or the source that has most, uses; null: it is off, or counts nothing. Under the lock.
    /// </summary>
    public virtual LimitUse? Use(GateState state, Terms terms, long now) => null;

    /// <summary>Adds what it says about a peer, if it is on.</summary>
    public abstract void Explain(GateText text);

    /// <summary>The use of a limit.</summary>
    protected LimitUse UseOf(long used, long most) => new(key, used, most);

    /// <summary>The use of a rate.</summary>
    protected LimitUse UseOf(Pace pace, long left) => UseOf(pace.Burst - left, pace.Burst);
}
