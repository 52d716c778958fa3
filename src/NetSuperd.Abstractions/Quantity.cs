using System.Globalization;
using System.Numerics;

namespace NetSuperd;

/// <summary>The notation of durations and sizes, one for the map and for the settings of handlers.</summary>
internal static class Quantity
{
    public const string DurationHint = "a duration such as \"500ms\", \"30s\", \"5m\", \"1h\" or \"2d\"";
    public const string SizeHint = "a size such as \"512B\", \"64KiB\", \"16MiB\" or \"1GiB\"";

    private static readonly (string Unit, long Milliseconds)[] DurationUnits =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    private static readonly (string Unit, long Bytes)[] SizeUnits =
        [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    public static bool TryParseDuration(string text, out TimeSpan value)
    {
        var parsed = TryParse(text, DurationUnits, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond, out var milliseconds);
        value = TimeSpan.FromMilliseconds(milliseconds);
        return parsed;
    }

    public static bool TryParseSize(string text, out long bytes) => TryParse(text, SizeUnits, long.MaxValue, out bytes);

    /// <summary>The shortest notation that means exactly the value.</summary>
    public static string Format(TimeSpan value) => Format(value.Ticks / TimeSpan.TicksPerMillisecond, DurationUnits, "0s");

    /// <inheritdoc cref="Format(TimeSpan)"/>
    public static string Format(long bytes) => Format(bytes, SizeUnits, "0B");

    private static bool TryParse(string text, (string Unit, long Factor)[] units, long most, out long value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !BigInteger.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        foreach (var (unit, factor) in units)
        {
            if (text.AsSpan(digits).SequenceEqual(unit) && number * factor <= most)
            {
                value = (long)(number * factor);
                return true;
            }
        }

        return false;
    }

    private static string Format(long value, (string Unit, long Factor)[] units, string zero)
    {
        if (value == 0)
        {
            return zero;
        }

        var (unit, factor) = units.First(candidate => value % candidate.Factor == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{value / factor}{unit}");
    }
}
