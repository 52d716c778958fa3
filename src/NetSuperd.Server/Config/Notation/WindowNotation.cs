using System.Globalization;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Notation;

/// <summary>
/// The notation of a window of times: <c>mon-fri 08:00-18:00</c>, <c>sat,sun 10:00-12:00</c>, <c>08:00-18:00</c> for every day, <c>sat</c>
/// for the whole day.
/// </summary>
internal static partial class WindowNotation
{
    public const string Text = "a window such as \"mon-fri 08:00-18:00\", \"sat,sun 10:00-12:00\", \"08:00-18:00\" or \"sat\"";

    // Wider than the valid notation, so that a message can say how it is written.
    private const string LooseClock = "(?<clock>(?<time1>(?<h1>[0-9]{1,2}):?(?<m1>[0-9]{2})? ?(?<half1>[ap]m)?) ?- ?"
        + "(?<time2>(?<h2>[0-9]{1,2}):?(?<m2>[0-9]{2})? ?(?<half2>[ap]m)?))";

    private const int EveryDay = 0x7f;
    private const int MinutesOfDay = 24 * 60;

    // In the order of DayOfWeek.
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] LongDays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    /// <summary>Reads a window; null, and the problem as it follows the key in a message, where it is malformed.</summary>
    public static TimeWindow? Read(string text, out string problem)
    {
        problem = "";
        if (Window().Match(text) is not { Success: true } window)
        {
            problem = $"'{text}' is not a window; write {Text}";
            return null;
        }

        var (days, clock) = (window.Groups["days"].Value, window.Groups["clock"].Value);
        var mask = days.Length == 0 ? EveryDay : ReadDays(days, ref problem);
        var (from, to) = clock.Length == 0 ? (0, MinutesOfDay) : ReadClock(window, ref problem);
        if (problem.Length > 0)
        {
            return null;
        }

        return new TimeWindow(mask, from, to);
    }

    /// <summary>The normal form.</summary>
    public static string Format(TimeWindow window)
    {
        var whole = window is { From: 0, To: MinutesOfDay };
        return window.Days == EveryDay ? FormatClock(window.From, window.To)
            : FormatDays(window.Days) + (whole ? "" : " " + FormatClock(window.From, window.To));
    }

    private static int ReadDays(string text, ref string problem)
    {
        var mask = 0;
        foreach (var range in text.Split(','))
        {
            var ends = range.Split('-');
            foreach (var end in ends.Where(end => !Days.Contains(end)))
            {
                problem = UnknownDay(end);
                return 0;
            }

            var (first, last) = (Array.IndexOf(Days, ends[0]), Array.IndexOf(Days, ends[^1]));
            if (ends.Length > 2 || (ends.Length == 2 && first == last))
            {
                problem = ends.Length > 2 ? $"'{range}' has more than two ends; days are written as \"mon-fri\" or \"sat,sun\""
                    : $"'{range}' could be one day or all; write \"{ends[0]}\", or leave the days out for every day";
                return 0;
            }

            for (var day = first; ; day = (day + 1) % Days.Length)
            {
                mask |= 1 << day;
                if (day == last)
                {
                    break;
                }
            }
        }

        return mask;
    }

    private static string UnknownDay(string word)
    {
        var lower = word.ToLowerInvariant();
        var meant = Array.FindIndex(LongDays, day => lower.Length >= 2 && day.StartsWith(lower, StringComparison.Ordinal));
        var hint = meant >= 0 ? $"; write \"{Days[meant]}\""
            : lower switch
            {
                "weekday" or "weekdays" or "workdays" => "; write \"mon-fri\"",
                "weekend" or "weekends" => "; write \"sat,sun\"",
                "daily" or "always" or "all" => "; leave the days out for every day",
                _ => Suggestion.For(lower, Days),
            };
        return $"'{word}' is not a day{(hint.Length == 0 ? $"; days are {string.Join(", ", Days[1..])}, {Days[0]}" : hint)}";
    }

    private static (int From, int To) ReadClock(Match window, ref string problem)
    {
        var (from, to) = (Minutes(window, "1"), Minutes(window, "2"));
        var clock = window.Groups["clock"].Value;
        if (from is null || to is null)
        {
            problem = $"there is no time {window.Groups[from is null ? "time1" : "time2"].Value}; times go from 00:00 to 24:00";
        }
        else if (from == MinutesOfDay)
        {
            problem = $"24:00 is only the end of a day; write \"{FormatClock(0, to == 0 ? MinutesOfDay : to.Value)}\"";
        }
        else if (from == to)
        {
            problem = $"'{clock}' ends where it begins; write \"00:00-24:00\" for the whole day";
        }
        else if (!Clock().IsMatch(clock))
        {
            problem = $"times are written with 24 hours and two digits each: \"{FormatClock(from.Value, to.Value)}\"";
        }

        return (from ?? 0, to ?? 0);
    }

    private static int? Minutes(Match window, string end)
    {
        var hour = Number(window.Groups["h" + end]);
        var minute = Number(window.Groups["m" + end]);
        var half = window.Groups["half" + end].Value.ToLowerInvariant();
        return half.Length > 0
            ? hour is >= 1 and <= 12 && minute < 60 ? ((((hour % 12) + (half[0] == 'p' ? 12 : 0)) * 60) + minute) : null
            : hour < 24 && minute < 60 ? (hour * 60) + minute
            : hour == 24 && minute == 0 ? MinutesOfDay
            : null;
    }

    private static int Number(Group digits) =>
        digits.Length == 0 ? 0 : int.Parse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string FormatClock(int from, int to) =>
        string.Create(CultureInfo.InvariantCulture, $"{from / 60:00}:{from % 60:00}-{to / 60:00}:{to % 60:00}");

    // From Monday on; three days in a row and more are a range.
    private static string FormatDays(int days)
    {
        var (parts, day) = (new List<string>(), 1);
        while (day <= Days.Length)
        {
            var end = day;
            while (end <= Days.Length && (days >> (end % Days.Length) & 1) == 1)
            {
                end++;
            }

            parts.AddRange(end - day > 2
                ? [$"{Days[day % Days.Length]}-{Days[(end - 1) % Days.Length]}"]
                : Enumerable.Range(day, end - day).Select(one => Days[one % Days.Length]));
            day = Math.Max(end, day + 1);
        }

        return string.Join(',', parts);
    }

    [GeneratedRegex($@"\A(?:(?<days>[a-z*]+(?:[-,][a-z]+)*)(?: {LooseClock})?|{LooseClock})\z", RegexOptions.IgnoreCase)]
    private static partial Regex Window();

    [GeneratedRegex(@"\A[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}\z")]
    private static partial Regex Clock();
}
