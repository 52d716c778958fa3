using System.Globalization;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Tests.Config;

public sealed class TimeWindowTests
{
    // 2026-03-02 is a Monday.
    [Theory]
    [InlineData("mon-fri 08:00-18:00", "2026-03-02 07:59:59", false)]
    [InlineData("mon-fri 08:00-18:00", "2026-03-02 08:00:00", true)]
    [InlineData("mon-fri 08:00-18:00", "2026-03-02 17:59:59", true)]
    [InlineData("mon-fri 08:00-18:00", "2026-03-02 18:00:00", false)]
    [InlineData("mon-fri 08:00-18:00", "2026-03-07 12:00:00", false)]
    [InlineData("08:00-18:00", "2026-03-07 12:00:00", true)]
    [InlineData("sat", "2026-03-07 00:00:00", true)]
    [InlineData("sat", "2026-03-07 23:59:59", true)]
    [InlineData("sat", "2026-03-08 00:00:00", false)]
    [InlineData("sun 22:00-24:00", "2026-03-08 23:59:59", true)]
    [InlineData("sun 22:00-24:00", "2026-03-09 00:00:00", false)]
    [InlineData("sun 22:00-00:00", "2026-03-08 23:59:59", true)]
    [InlineData("sun 22:00-00:00", "2026-03-09 00:00:00", false)]
    [InlineData("sun 22:00-00:00", "2026-03-08 00:00:00", false)]
    public void Holds_AClock_IsWithinItsDaysAndTimes(string window, string clock, bool holds) => AssertHolds(window, clock, holds);

    [Theory]
    [InlineData("2026-03-06 21:59:59", false)]
    [InlineData("2026-03-06 22:00:00", true)]
    [InlineData("2026-03-06 05:00:00", false)]
    [InlineData("2026-03-07 05:59:59", true)]
    [InlineData("2026-03-07 06:00:00", false)]
    [InlineData("2026-03-09 23:00:00", true)]
    [InlineData("2026-03-10 05:59:59", true)]
    [InlineData("2026-03-10 06:00:00", false)]
    [InlineData("2026-03-10 22:00:00", false)]
    public void Holds_OverMidnightAndTheWeekEnd_BelongsToTheDayOnWhichItBegins(string clock, bool holds) =>
        AssertHolds("fri-mon 22:00-06:00", clock, holds);

    private static void AssertHolds(string window, string clock, bool holds) =>
        Assert.Equal(holds, WindowNotation.Read(window, out _)!.Holds(DateTime.Parse(clock, CultureInfo.InvariantCulture)));
}
