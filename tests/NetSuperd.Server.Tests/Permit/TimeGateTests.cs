using System.Globalization;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>When clients may come in.</summary>
public sealed class TimeGateTests : GatesTest
{
    private static TimeZoneInfo Berlin { get; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public void Judge_OutsideTheTimes_IsRefusedByTheClockOfTheZone()
    {
        // Monday to Friday from 8 to 18 o'clock; 2026-03-27 is a Friday, and at 01:00 UTC of the 29th Berlin goes from 2 to 3 o'clock.
        Apply(Maps.Admission with { Times = [new TimeWindow(0b0111110, 480, 1080)], TimeZone = Berlin });
        foreach (var (utc, word) in ((string, string?)[])
        [
            ("2026-03-27 06:59", "time"), ("2026-03-27 07:00", null), ("2026-03-27 16:59", null), ("2026-03-27 17:00", "time"),
            ("2026-03-28 10:00", "time"), ("2026-03-30 05:59", "time"), ("2026-03-30 06:00", null),
        ])
        {
            Time.SetUtcNow(DateTimeOffset.Parse(utc + "Z", CultureInfo.InvariantCulture));
            Assert.Equal(word, Judge("192.0.2.1"));
        }
    }

    [Theory]
    [InlineData("2026-03-29 00:59", 150, 240, false)]
    [InlineData("2026-03-29 01:00", 150, 240, true)]
    [InlineData("2026-03-29 02:00", 150, 240, false)]
    [InlineData("2026-03-29 01:00", 120, 180, false)]
    [InlineData("2026-10-25 00:30", 150, 180, true)]
    [InlineData("2026-10-25 01:15", 150, 180, false)]
    [InlineData("2026-10-25 01:30", 150, 180, true)]
    public void Judge_WhereTheClockIsPutForwardOrBack_WhatItShowsDecides(string utc, int from, int to, bool admits)
    {
        // From half past two: in spring there is none, so the window begins at three; in autumn there are two.
        Apply(Maps.Admission with { Times = [new TimeWindow(0b1111111, from, to)], TimeZone = Berlin });
        Time.AdjustTime(DateTimeOffset.Parse(utc + "Z", CultureInfo.InvariantCulture));

        Assert.Equal(admits ? null : "time", Judge("192.0.2.1"));
    }
}
