using System.Globalization;

namespace NetSuperd.Server.Config.Import;

/// <summary>Sizes in bytes as other programs write them.</summary>
internal static class ForeignSize
{
    private const string Units = "KMGT";

    /// <summary>A size with or without a unit of 1024: <c>64k</c>, <c>20M</c>, <c>1048576</c>.</summary>
    /// <returns>The number of bytes; null: it is none.</returns>
    public static long? Read(string text)
    {
        var unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var digits = unit < 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= long.MaxValue >> ((unit + 1) * 10)
                ? number << ((unit + 1) * 10)
                : null;
    }

    /// <summary>The same in the notation of a map; what is no size stays as it is, and the check of the map complains.</summary>
    public static string Of(string text) => Read(text) is { } bytes ? Quantity.Format(bytes) : text;
}
