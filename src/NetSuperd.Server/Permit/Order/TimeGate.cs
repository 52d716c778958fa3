using System.Globalization;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>times</c>.</summary>
internal sealed class TimeGate() : EntryGate(Verdict.Time, AdmissionKeys.Times.Name)
{
    /// <inheritdoc/>
    public override bool IsOn(Terms terms) => !terms.Admission.Times.IsEmpty;

    /// <inheritdoc/>
    public override bool Counts => false;

    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit) => visit.Terms.IsOpen(visit.State.Time) ? Verdict.Admitted : Refusal;

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        var (zone, isOpen) = (text.Terms.Admission.TimeZone, text.Terms.IsOpen(text.Now));
        var clock = TimeZoneInfo.ConvertTime(text.Now, zone).ToString("ddd HH:mm", CultureInfo.InvariantCulture);
        text.Add(this, $"it is {clock} in {zone.Id}, which is {(isOpen ? "within" : "outside")}", isOpen);
    }
}
