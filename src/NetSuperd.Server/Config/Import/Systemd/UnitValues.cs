using System.Globalization;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>Values of systemd in the notation of a map.</summary>
internal static class UnitValues
{
    private static readonly (string Unit, long Milliseconds)[] Units =
    [
        ("msec", 1), ("ms", 1), ("seconds", 1000), ("second", 1000), ("sec", 1000), ("s", 1000), ("minutes", 60_000), ("minute", 60_000),
        ("min", 60_000), ("m", 60_000), ("hours", 3_600_000), ("hour", 3_600_000), ("hr", 3_600_000), ("h", 3_600_000),
        ("days", 86_400_000), ("day", 86_400_000), ("d", 86_400_000), ("weeks", 604_800_000), ("week", 604_800_000), ("w", 604_800_000),
    ];

    /// <summary>A time such as <c>5min 20s</c> or <c>30</c> in milliseconds, systemd.time(7); null: it is none.</summary>
    public static long? Milliseconds(string text)
    {
        var (sum, at) = (0L, 0);
        while (at < text.Length)
        {
            var rest = text.AsSpan(at).TrimStart();
            var digits = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : rest.Length;
            if (digits is 0 or > 9)
            {
                return null;
            }

            var number = long.Parse(rest[..digits], CultureInfo.InvariantCulture);
            var unit = rest[digits..].TrimStart();
            var letters = unit.IndexOfAnyExceptInRange('a', 'z') is >= 0 and var last ? last : unit.Length;
            var word = unit[..letters].ToString();
            var factor = word.Length == 0 ? 1000 : Units.FirstOrDefault(known => known.Unit == word).Milliseconds;
            if (factor == 0)
            {
                return null;
            }

            sum += number * factor;
            at = text.Length - unit[letters..].TrimStart().Length;
        }

        return text.Length == 0 ? null : sum;
    }

    /// <summary>A time in the notation of a map.</summary>
    public static string? Time(string text) => Milliseconds(text) is not { } time ? null
        : time % 1000 != 0 ? string.Create(CultureInfo.InvariantCulture, $"{time}ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time / 1000}s");

    /// <summary>A number of times in a time as a rate; null: one of them is none.</summary>
    public static string? Rate(int burst, long milliseconds)
    {
        foreach (var (unit, length) in (ReadOnlySpan<(string, long)>)[("s", 1000), ("min", 60_000), ("h", 3_600_000), ("day", 86_400_000)])
        {
            // A fraction of a start is left out where it is small beside the others.
            if (milliseconds > 0 && burst * length / milliseconds is > 0 and var count
                && (burst * length % milliseconds == 0 || count >= 10))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{count}/{unit}{(count == burst ? "" : $" burst {burst}")}");
            }
        }

        return null;
    }

    /// <summary>A limit such as <c>1024:4096</c> or <c>infinity</c>.</summary>
    public static string Limit(string name, string text) => string.Join(':', text.Split(':').Select(half =>
        half == "infinity" ? "unlimited"
        : name == "cpu" ? Time(half) ?? half
        : name is "nofile" or "nproc" or "locks" or "sigpending" or "nice" or "rtprio" or "rttime" ? half
        : ForeignSize.Of(half)));
}
