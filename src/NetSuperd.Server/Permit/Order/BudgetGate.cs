using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>bytes_per_source</c>.</summary>
internal sealed class BudgetGate() : AnswerGate(Verdict.Budget, AdmissionKeys.BytesPerSource.Name)
{
    /// <inheritdoc/>
    public override bool IsOn(Terms terms) => terms.Budget is not null;

    /// <inheritdoc/>
    public override Verdict Test(ref Answer answer) =>
        answer.Terms.BudgetOf(answer.Peer) is { } pace
        && answer.Budget.Wait(pace, answer.Now, answer.Bytes.Length) > 0 ? Refusal : Verdict.Admitted;

    /// <inheritdoc/>
    public override void Take(ref Answer answer)
    {
        if (answer.Terms.BudgetOf(answer.Peer) is { } pace)
        {
            answer.Budget.Take(pace, answer.Now, answer.Bytes.Length);
        }
    }

    /// <inheritdoc/>
    public override LimitUse? Use(GateState state, Terms terms, long now) =>
        terms.Budget is { } pace ? UseOf(pace, state.Budgets.FewestTokens(pace, now)) : null;

    /// <inheritdoc/>
    public override LimitUse? UseOf(GateState state, Terms terms, in Peer peer, long now) => terms.BudgetOf(peer) is not { } pace ? null
        : UseOf(pace, state.Budgets.Peek(peer.SourceBy(terms.Admission.SourcePrefix), pace, now).Bucket.Tokens(pace, now));

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        if (text.Terms.BudgetOf(text.Peer) is not null && text.Terms.Admission.BytesPerSource is { } bytes)
        {
            text.Add(this, $"answers of at most {Quantity.Format((long)bytes.Count)} in {Quantity.Format(bytes.Period)} for one source");
        }
    }
}
