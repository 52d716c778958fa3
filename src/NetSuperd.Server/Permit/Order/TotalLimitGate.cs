using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>daemon.max_connections</c>.</summary>
internal sealed class TotalLimitGate() : QueueGate(Verdict.TotalLimit, DaemonKeys.FullName(DaemonKeys.MaxConnections))
{
    /// <inheritdoc/>
    public override ConnectionCount CountOf(GateState state) => state.Total;

    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit) => visit.State.Total.IsFull ? Refusal : Verdict.Admitted;

    /// <inheritdoc/>
    public override void Take(ref Visit visit) => visit.State.Total.Take();

    /// <inheritdoc/>
    public override void GiveBack(GateState state, Lease lease) => state.Total.GiveBack();

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        if (text.Map.Daemon.MaxConnections is { } most)
        {
            text.Add(this, $"the daemon serves at most {most} at once");
        }
    }
}
