using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A rate: how often per unit of time, and how often at once where that differs.</summary>
internal sealed partial class RateKind : TextKind<Rate>
{
    private const int Most = 1_000_000;

    // Buckets are kept in nanoseconds, of which 64 bits hold 292 years.
    private const double MostDays = 36_500;

    // A longer text is no rate, and the pattern that guesses what it means is not made for one.
    private const int MostLength = 100;

    private static readonly Unit[] Units =
    [
        new("s", TimeSpan.FromSeconds(1), ["sec", "secs", "second", "seconds"]),
        new("min", TimeSpan.FromMinutes(1), ["m", "mins", "minute", "minutes"]),
        new("h", TimeSpan.FromHours(1), ["hr", "hrs", "hour", "hours"]),
        new("day", TimeSpan.FromDays(1), ["d", "days"]),
    ];

    public override string Text => "a rate such as \"50/s\", \"10/min\", \"5/h\", \"100/day\" or \"50/s burst 100\", or \"unlimited\"";

    public override JsonObject Schema => JsonType.Text("^[0-9]+/(s|min|h|day)( burst [0-9]+)?$", "10/min", "50/s burst 100");

    public override bool TryRead(Node node, string key, Reading reading, out Rate value)
    {
        if (node is not ScalarNode { Value: long and > 0 and var number })
        {
            return base.TryRead(node, key, reading, out value);
        }

        value = default!;
        reading.Problems.Error(node.At, $"'{key}' {WithoutUnit(number.ToString(CultureInfo.InvariantCulture))}");
        return false;
    }

    public override string Format(Rate value) => TomlWriter.Text(Spell(value));

    protected override string? Complaint(string text, Reading reading, out Rate value)
    {
        value = default!;
        if (text.Length > MostLength || Meant().Match(text) is not { Success: true } meant)
        {
            return $"must be {Text}";
        }

        var (digits, word) = (meant.Groups["count"].Value, meant.Groups["unit"].Value.ToLowerInvariant());
        if (word.Length == 0)
        {
            return WithoutUnit(digits);
        }

        if (Units.FirstOrDefault(unit => unit.Name == word || unit.Others.Contains(word)) is not { } unit)
        {
            return $"must be {Text}";
        }

        var count = Number(digits);
        var burst = meant.Groups["burst"] is { Success: true, Value: var given } ? Number(given) : count;
        value = new Rate(count, unit.Period, burst);
        return count > Most || burst > Most ? $"must be at most {Most} per unit of time, with a burst of at most {Most}"
            : burst == 0 ? "needs a burst of at least 1"
            : burst * unit.Period.TotalDays / count > MostDays
                ? $"must have a burst of at most {count * MostDays / unit.Period.TotalDays:0}: "
                    + "a larger one would take over a hundred years to refill"
            : Written().IsMatch(text) ? null
            : $"must be written as \"{Spell(value)}\"";
    }

    private static string Spell(Rate rate)
    {
        var unit = Units.First(unit => unit.Period == rate.Period).Name;
        var text = string.Create(CultureInfo.InvariantCulture, $"{rate.Count}/{unit}");
        return rate.Burst == rate.Count ? text : string.Create(CultureInfo.InvariantCulture, $"{text} burst {rate.Burst}");
    }

    private static string WithoutUnit(string count) =>
        "needs a unit: " + string.Join(", ", Units[..^1].Select(unit => $"\"{count}/{unit.Name}\""))
        + $" or \"{count}/{Units[^1].Name}\"";

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    [GeneratedRegex(@"\A[0-9]+/(?:s|min|h|day)(?: burst [0-9]+)?\z")]
    private static partial Regex Written();

    [GeneratedRegex(
        @"\A\s*(?<count>[0-9]+)\s*(?:/|per\b|an?\b)?\s*(?<unit>[A-Za-z]*)(?:[\s,]+burst[\s=:]*(?<burst>[0-9]+))?\s*\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex Meant();

    /// <summary>A unit of time: its name, and what a map may have instead.</summary>
    private sealed record Unit(string Name, TimeSpan Period, string[] Others);
}
