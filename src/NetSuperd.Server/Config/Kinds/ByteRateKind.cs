using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A rate of bytes: how many per unit of time, and how many at once where that differs.</summary>
internal sealed partial class ByteRateKind : TextKind<Rate>
{
    // A bucket counts single bytes, by a clock of nanoseconds.
    private const int MostInSecond = 64 << 20;
    private const int MostAtOnce = 1 << 30;

    public override string Text => "a rate such as \"256KiB/s\", \"1MiB/min\" or \"64KiB/s burst 1MiB\", or \"unlimited\"";

    public override JsonObject Schema => JsonType.Text(
        "^[0-9]{1,12}([KMG]i?)?B/(s|min)( burst [0-9]{1,12}([KMG]i?)?B)?$", "256KiB/s", "64KiB/s burst 1MiB");

    public override string Format(Rate value)
    {
        var text = $"{Quantity.Format(value.Count)}/{(value.Period == TimeSpan.FromSeconds(1) ? "s" : "min")}";
        return TomlWriter.Text(value.Burst == value.Count ? text : $"{text} burst {Quantity.Format(value.Burst)}");
    }

    protected override string? Complaint(string text, Reading reading, out Rate value)
    {
        value = default!;
        if (Written().Match(text) is not { Success: true, Groups: var groups }
            || !Quantity.TryParseSize(groups["count"].Value, out var count)
            || !Quantity.TryParseSize(
                groups["burst"] is { Success: true, Value: var given } ? given : groups["count"].Value, out var burst))
        {
            return $"must be {Text}";
        }

        var period = groups["unit"].Value == "s" ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1);
        if (count > MostInSecond * (long)period.TotalSeconds || count > MostAtOnce || burst > MostAtOnce)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"must be at most {Quantity.Format(MostInSecond)} a second, with a burst of at most {Quantity.Format(MostAtOnce)}");
        }

        value = new Rate((int)count, period, (int)burst);
        return count == 0 || burst == 0 ? "must be more than 0 bytes, with a burst of more than 0" : null;
    }

    [GeneratedRegex(@"\A(?<count>[0-9]{1,12}[KMG]?i?B)/(?<unit>s|min)(?: burst (?<burst>[0-9]{1,12}[KMG]?i?B))?\z")]
    private static partial Regex Written();
}
