namespace NetSuperd.Server.Config;

/// <summary>A window of <c>times</c>, on the clock of its time zone. A window that ends before it begins lasts into the next day.</summary>
/// <param name="Days">The days of the week on which it begins: bit 0 is Sunday, as in <see cref="DayOfWeek"/>.</param>
/// <param name="From">The first minute of the day, 0 to 1439.</param>
/// <param name="To">The minute before which it ends, 0 to 1440; not <paramref name="From"/>.</param>
public sealed record TimeWindow(int Days, int From, int To)
{
    /// <summary>Whether the clock shows a time within the window.</summary>
    public bool Holds(DateTime clock)
    {
        var minute = (clock.Hour * 60) + clock.Minute;
        return From < To
            ? IsOn(clock.DayOfWeek) && From <= minute && minute < To
            : (IsOn(clock.DayOfWeek) && From <= minute) || (IsOn(clock.AddDays(-1).DayOfWeek) && minute < To);
    }

    private bool IsOn(DayOfWeek day) => (Days >> (int)day & 1) == 1;
}
