using System.Globalization;

namespace NetSuperd.Commands;

/// <summary>How long ago something was, to the largest unit: <c>5s</c>, <c>3m</c>, <c>7h</c>, <c>2d</c>.</summary>
internal static class Age
{
    /// <summary>The age at a moment of what began before it; of what lies ahead, after the clock was set back, 0.</summary>
    public static string Of(DateTimeOffset began, DateTimeOffset now) => Of(now - began);

    /// <summary>A duration.</summary>
    public static string Of(TimeSpan age)
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
