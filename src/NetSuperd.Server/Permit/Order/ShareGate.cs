using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Permit.Order;

/// <summary>The part of <c>rate</c> that one source may take while others come (<see cref="SharedBucket"/>).</summary>
/// <param name="rate">Where a client waits that was accepted without a token.</param>
internal sealed class ShareGate(QueueGate rate) : EntryGate(Verdict.SourceRate, AdmissionKeys.Rate.Name)
{
    /// <inheritdoc/>
    public override bool IsOn(Terms terms) => terms.Pace is not null;

    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit)
    {
        var (pace, bucket) = (visit.Terms.Pace!.Value, visit.State.Bucket);
        if (visit.IsLook)
        {
            return bucket.Withholds(visit.Source, visit.Network, pace, visit.Now) ? Refusal : Verdict.Admitted;
        }

        if (IsTokenless(ref visit))
        {
            if (!bucket.MayWait(visit.Source, visit.Network, pace, visit.Now))
            {
                return Refusal;
            }

            if (visit.MayWait && bucket.Wait(pace, visit.Now) > 0)
            {
                visit.Lease!.WaitsAt = rate;
                return rate.Refusal;
            }
        }

        var isGranted = bucket.Grants(visit.Source, visit.Network, pace, visit.Now, isTaken: visit.Token is not null, out var taker);
        visit.Taker = taker;
        return isGranted ? Verdict.Admitted : Refusal;
    }

    /// <inheritdoc/>
    public override void Take(ref Visit visit)
    {
        var pace = visit.Terms.Pace!.Value;
        if (IsTokenless(ref visit))
        {
            // Also a token that is not there yet: the client is the only one of its listener, and is not refused for that.
            visit.State.Bucket.Take(pace, visit.Now);
            visit.Lease!.Pace = pace;
        }

        visit.State.Bucket.Count(visit.Taker, pace);
    }

    /// <inheritdoc/>
    public override void Explain(GateText text) =>
        text.Add(this, "while other sources come, one source gets its share of the rate and what the others do not use");

    private static bool IsTokenless(ref Visit visit) => visit is { IsAhead: true, Token: null };
}
