using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Windows.Tests;

public sealed class TimeZoneTests
{
    private readonly INames _names = new WindowsNames();

    [Theory]
    [InlineData("Europe/Berlin", "2026-01-15T12:00", "+01:00")]
    [InlineData("Europe/Berlin", "2026-07-15T12:00", "+02:00")]
    [InlineData("America/New_York", "2026-07-15T12:00", "-04:00")]
    [InlineData("Asia/Kolkata", "2026-07-15T12:00", "+05:30")]
    [InlineData("UTC", "2026-07-15T12:00", "+00:00")]
    [InlineData("Etc/UTC", "2026-07-15T12:00", "+00:00")]
    public void TimeZone_ByItsNameOfIana_HasItsTimes(string name, string at, string offset)
    {
        var zone = _names.TimeZone(name)!;

        Assert.Equal(name, zone.Id);
        Assert.Equal(
            TimeSpan.Parse(offset.TrimStart('+'), CultureInfo.InvariantCulture),
            zone.GetUtcOffset(DateTime.Parse(at, CultureInfo.InvariantCulture)));
        Assert.Contains(name, _names.TimeZones);
    }

    [Theory]
    [InlineData("europe/berlin")]
    [InlineData("Europe/Nowhere")]
    [InlineData("W. Europe Standard Time")]
    public void TimeZone_ByAnotherName_IsNone(string name) => Assert.Null(_names.TimeZone(name));

    [Theory]
    [InlineData("W. Europe Standard Time", "Europe/Berlin")]
    [InlineData("Europe/Berlin", null)]
    public void TimeZoneCalled_TheNameOfWindows_IsTheOneOfIana(string name, string? expected) =>
        Assert.Equal(expected, _names.TimeZoneCalled(name));
}
