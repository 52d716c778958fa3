using System.Globalization;

namespace NetSuperd.Web;

/// <summary>Figures as a person reads them; format.js has the same forms.</summary>
internal static class Figures
{
    private const string None = "\u2013";

    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>A number; null: it is not known.</summary>
    public static string Count(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? None;

    /// <summary>A number with its noun.</summary>
    public static string Of(long number, string noun) => $"{Count(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>Bytes in the units of the map; null: they are not counted.</summary>
    public static string Bytes(long? bytes)
    {
        if (bytes is not { } rest)
        {
            return None;
        }

        var (value, unit) = ((double)rest, 0);
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return $"{value.ToString(unit == 0 || value >= 99.5 ? "N0" : "F1", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>A length of time; null: it is not known.</summary>
    public static string Span(double? seconds) => seconds is not { } known ? None : TimeSpan.FromSeconds(Math.Max(0, known)) switch
    {
        { TotalMinutes: < 1 } span => $"{span.Seconds} s",
        { TotalHours: < 1 } span => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } span => $"{span.Hours} h {span.Minutes} min",
        var span => $"{span.Days} d {span.Hours} h",
    };
}
