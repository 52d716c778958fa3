using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>max_connections</c>.</summary>
internal sealed class ServiceLimitGate() : QueueGate(Verdict.ServiceLimit, AdmissionKeys.MaxConnections.Name)
{
    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit) => visit.State.Connections.IsFull ? Refusal : Verdict.Admitted;

    /// <inheritdoc/>
    public override void Take(ref Visit visit) => visit.State.Connections.Take();

    /// <inheritdoc/>
    public override void GiveBack(GateState state, Lease lease) => state.Connections.GiveBack();

    /// <inheritdoc/>
    public override LimitUse? Use(GateState state, Terms terms, long now) =>
        state.Connections.Use is { Most: { } most } use ? UseOf(use.Taken, most) : null;

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        if (text.Terms.Admission.MaxConnections is { } most)
        {
            text.Add(this, $"the service has at most {most} at once; {text.Then}");
        }
    }
}
