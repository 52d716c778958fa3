using NetSuperd.Server.Tally;

namespace NetSuperd.Top;

/// <summary>The services.</summary>
/// <param name="rates">What they accept and refuse in a second.</param>
internal sealed class ServiceView(Rates rates) : RowsView<ServiceStatus>(
    ["SERVICE~", "KIND?", "STATE", " LIVE", " ACC/S", " REF/S", "REFUSED~", "LIMIT~", "ENDED?"],
    new("map"),
    new("name", service => service.Name),
    new("state", service => service.State),
    new("live", service => service.Live, LargestFirst: true),
    new("accepted", service => rates.Of(service.Name).Accepted, LargestFirst: true),
    new("refused", service => rates.Of(service.Name).Refused, LargestFirst: true),
    new("limit", service => Fullest(service) is { } use ? Amount.Part(use) : 0, LargestFirst: true))
{
    /// <inheritdoc/>
    public override string Name => "Services";

    /// <inheritdoc/>
    protected override object KeyOf(ServiceStatus row) => row.Name;

    /// <inheritdoc/>
    protected override bool Matches(ServiceStatus row) => row.Name.Contains(Filter, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override Tone ToneOf(ServiceStatus row) => row.State switch
    {
        "failed" => Tone.Trouble,
        "serving" when row.Reason is null => Tone.Plain,
        _ => Tone.Warning,
    };

    /// <inheritdoc/>
    protected override string?[] Cells(ServiceStatus row)
    {
        var (accepted, refused) = rates.Of(row.Name);
        return
        [
            row.Name,
            row.Kind,
            row.State,
            Amount.Short(row.Live),
            Amount.Rate(accepted),
            Amount.Rate(refused),
            row.Reason ?? Words(row.Reasons),
            Fullest(row) is { } use ? Amount.Bar(use) : null,
            Words(row.Ends),
        ];
    }

    private static LimitUse? Fullest(ServiceStatus service) => service.Limits.MaxBy(Amount.Part);

    private static string? Words(IReadOnlyDictionary<string, long> counts) => counts.Values.All(count => count == 0) ? null
        : string.Join(", ", counts.Where(count => count.Value > 0).Select(count => $"{count.Key} {Amount.Short(count.Value)}"));
}
