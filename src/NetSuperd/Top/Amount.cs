using System.Globalization;
using NetSuperd.Server.Tally;

namespace NetSuperd.Top;

/// <summary>Figures in few characters.</summary>
internal static class Amount
{
    private const string Units = "KMGTPE";
    private const int BarCells = 8;

    /// <summary>A count or bytes, to two or three digits: <c>999</c>, <c>1.2K</c>, <c>35M</c>; null: it is not known.</summary>
    public static string? Short(long? number)
    {
        if (number is not { } whole)
        {
            return null;
        }

        var (value, unit) = ((double)whole, -1);
        for (; value >= 999.5 && unit < Units.Length - 1; unit++)
        {
            value /= 1000;
        }

        return unit < 0 ? whole.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{(value < 9.95 ? $"{value:0.0}" : $"{value:0}")}{Units[unit]}");
    }

    /// <summary>A rate in a second.</summary>
    public static string Rate(double rate) => rate switch
    {
        0 => "0",
        < 9.95 => rate.ToString("0.0", CultureInfo.InvariantCulture),
        _ => Short((long)Math.Round(rate))!,
    };

    /// <summary>How full a limit is: a bar of signs, the per cent, and its key.</summary>
    public static string Bar(LimitUse use)
    {
        var part = Part(use);
        var filled = part > 0 ? Math.Clamp((int)Math.Ceiling(part * BarCells), 1, BarCells) : 0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{new string('#', filled)}{new string('.', BarCells - filled)} {(int)(part * 100),3}% {use.Limit}");
    }

    /// <summary>How full a limit is, from 0 to 1.</summary>
    public static double Part(LimitUse use) => use.Most > 0 ? Math.Min(1, use.Used / (double)use.Most) : 1;
}
