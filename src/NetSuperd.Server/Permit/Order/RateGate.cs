using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>rate</c>.</summary>
internal sealed class RateGate() : QueueGate(Verdict.Rate, AdmissionKeys.Rate.Name)
{
    /// <inheritdoc/>
    public override bool IsOn(Terms terms) => terms.Pace is not null;

    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit)
    {
        if (visit.IsAhead)
        {
            return Verdict.Admitted;
        }

        visit.Wait = visit.State.Bucket.Wait(visit.Terms.Pace!.Value, visit.Now);
        if (visit.Wait == 0)
        {
            return Verdict.Admitted;
        }

        if (visit is { IsKnown: true, IsLook: false })
        {
            NoteRefused(ref visit);
        }

        return Refusal;
    }

    /// <inheritdoc/>
    public override void Take(ref Visit visit)
    {
        if (!visit.IsAhead)
        {
            visit.Token = visit.Terms.Pace;
            visit.State.Bucket.Take(visit.Terms.Pace!.Value, visit.Now);
        }
    }

    /// <inheritdoc/>
    public override void GiveBack(GateState state, Lease lease)
    {
        if (!lease.IsAdmitted && lease.Pace is { } pace)
        {
            state.Bucket.GiveBack(pace);
        }
    }

    /// <inheritdoc/>
    public override long? WaitOf(GateState state, Terms terms) =>
        terms.Pace is { } pace ? state.Bucket.Wait(pace, state.Time.GetTimestamp()) : 0;

    /// <summary>
    /// Whether more wait than a second brings tokens for, and more than two. Where the system does not report how many, whether clients
    /// have waited for as long as that takes.
    /// </summary>
    public override bool IsLong(GateWait wait, GateState state, Terms terms)
    {
        if (terms.Pace is not { } pace)
        {
            return false;
        }

        var most = Math.Max(2, state.Time.TimestampFrequency / pace.Interval);
        return wait.Queue.Behind is { } behind
            ? behind > most
            : wait.Lasting(Refusal.Reason!, state.Time) > most * pace.Interval;
    }

    /// <summary>From now on the sources that took the tokens leave some to the source of this client.</summary>
    public override void NoteRefused(ref Visit visit) => visit.State.Bucket.See(visit.Source, visit.Network, visit.Now);

    /// <inheritdoc/>
    public override LimitUse? Use(GateState state, Terms terms, long now) =>
        UseOf(terms.Pace!.Value, state.Bucket.Tokens(terms.Pace.Value, now));

    /// <inheritdoc/>
    public override void Explain(GateText text) => text.Add(this, $"{GateText.Format(text.Terms.Admission.Rate!)}; {text.Then}");
}
