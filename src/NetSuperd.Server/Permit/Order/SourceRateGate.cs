using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>rate_per_source</c>.</summary>
internal sealed class SourceRateGate() : EntryGate(Verdict.SourceRate, AdmissionKeys.RatePerSource.Name)
{
    /// <inheritdoc/>
    public override bool IsOn(Terms terms) => terms.SourcePace is not null;

    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit)
    {
        if (visit.Terms.PaceOf(visit.Peer) is not { } pace)
        {
            return Verdict.Admitted;
        }

        visit.Wait = visit.Bucket.Wait(pace, visit.Now);
        return visit.Wait > 0 ? Refusal : Verdict.Admitted;
    }

    /// <inheritdoc/>
    public override void Take(ref Visit visit)
    {
        if (visit.Terms.PaceOf(visit.Peer) is { } pace)
        {
            visit.Slot.Bucket.Take(pace, visit.Now);
        }
    }

    /// <inheritdoc/>
    public override LimitUse? Use(GateState state, Terms terms, long now) =>
        terms.SourcePace is not { } pace ? null : UseOf(pace, state.HasSources ? state.Sources.FewestTokens(pace, now) : pace.Burst);

    /// <inheritdoc/>
    public override LimitUse? UseOf(ref Visit visit) =>
        visit.Terms.PaceOf(visit.Peer) is { } pace ? UseOf(pace, visit.Bucket.Tokens(pace, visit.Now)) : null;

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        if (text.Terms.PaceOf(text.Peer) is not null)
        {
            text.Add(this, $"{GateText.Format(text.Terms.RatePerSource!)} for one source");
        }
    }
}
