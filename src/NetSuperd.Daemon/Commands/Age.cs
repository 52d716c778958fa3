using System.Globalization;

namespace NetSuperd.Commands;

/// <summary>How long ago something was, to the largest unit: <c>5s</c>, <c>3m</c>, <c>7h</c>, <c>2d</c>.</summary>
internal static class Age
{
    /// <summary>The age of what began at one moment, seen at another; 0 where the clock was set back in between.</summary>
    public static string Format(DateTimeOffset began, DateTimeOffset now) => Format(now - began);

    /// <summary>A duration.</summary>
    public static string Format(TimeSpan age)
    {
        var (number, unit) = age switch
        {
            { TotalMinutes: < 1 } => (Math.Max(0, age.TotalSeconds), 's'),
            { TotalHours: < 1 } => (age.TotalMinutes, 'm'),
            { TotalDays: < 1 } => (age.TotalHours, 'h'),
            _ => (age.TotalDays, 'd'),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number)}{unit}");
    }
}
