using System.Net.Sockets;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary>
/// A gate before a service: its class has everything about it, and <see cref="GateOrder"/> its position among the others. It has no state:
/// its counts are in a <see cref="GateState"/>, the rules of the map in <see cref="Terms"/>.
/// </summary>
/// <param name="refusal">Its refusal.</param>
/// <param name="key">Its key in the map; empty where it has none.</param>
internal abstract class Gate(Verdict refusal, string key)
{
    /// <summary>Its refusal.</summary>
    public Verdict Refusal => refusal;

    /// <summary>Its key in the map; empty where it has none.</summary>
    public string Key => key;

    /// <summary>Whether it is on by these terms.</summary>
    public virtual bool IsOn(Terms terms) => true;

    /// <summary>Whether it applies to peers of a family.</summary>
    public virtual bool IsFor(AddressFamily family) => true;

    /// <summary>How much of it the service, or the busiest source, uses; null: it is off, or counts nothing. Under the lock.</summary>
    public virtual LimitUse? Use(GateState state, Terms terms, long now) => null;

    /// <summary>Adds its explanation for a peer, if it is on.</summary>
    public abstract void Explain(GateText text);

    /// <summary>The use of a limit.</summary>
    protected LimitUse UseOf(long used, long most) => new(key, used, most);

    /// <summary>The use of a rate.</summary>
    protected LimitUse UseOf(Pace pace, long left) => UseOf(pace.Burst - left, pace.Burst);
}
