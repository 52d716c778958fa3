using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>allow</c> and <c>deny</c>.</summary>
internal sealed class AddressGate() : EntryGate(Verdict.Address, AdmissionKeys.Allow.Name)
{
    /// <inheritdoc/>
    public override bool Counts => false;

    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit) => visit.Terms.Rules.Judge(visit.Peer).Admits ? Verdict.Admitted : Refusal;

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        var admission = text.Terms.Admission;
        var (admits, rule) = text.Terms.Rules.Judge(text.Peer);
        text.Add(
            this,
            rule is not null ? $"{rule.Text} is {(admits ? "allowed" : "denied")}"
                : admission.Allow is null ? "every peer that is not denied may come in"
                : "only allowed peers may come in, and this one is not among them",
            admits,
            rule?.At ?? admission.Positions.GetValueOrDefault(admission.Allow is null ? AdmissionKeys.Deny.Name : Key));
    }
}
