using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>max_per_source</c>.</summary>
internal sealed class SourceLimitGate() : EntryGate(Verdict.SourceLimit, AdmissionKeys.MaxPerSource.Name)
{
    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit) =>
        visit.Terms.MostOf(visit.Peer) is { } most && visit.Live >= most ? Refusal with { Full = visit.Source } : Verdict.Admitted;

    /// <inheritdoc/>
    /// <remarks>Where nothing limits it as well: the next map may.</remarks>
    public override void Take(ref Visit visit)
    {
        visit.Slot.Live++;
        visit.Lease!.Source = (visit.Source, visit.Level);
    }

    /// <inheritdoc/>
    public override void GiveBack(GateState state, Lease lease)
    {
        if (lease.Source is var (source, level))
        {
            state.Sources.Leave(source, level);
        }
    }

    /// <inheritdoc/>
    public override LimitUse? Use(GateState state, Terms terms, long now) => terms.Admission.MaxPerSource is not { } most ? null
        : UseOf(state.HasSources ? state.Sources.MostLive(terms.Admission.CountsLocalPeers) : 0, most);

    /// <inheritdoc/>
    public override LimitUse? UseOf(ref Visit visit) => visit.Terms.MostOf(visit.Peer) is { } most ? UseOf(visit.Live, most) : null;

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        if (text.Terms.MostOf(text.Peer) is { } most)
        {
            text.Add(this, $"one source has at most {most} at once");
        }
    }
}
