using System.Globalization;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>times</c>: windows around and beside the hour in which the test runs.</summary>
public sealed class TimesTests
{
    [Theory]
    [InlineData("handler")]
    [InlineData("exec")]
    public async Task Window_ThatIsClosed_RefusesAndOneThatIsOpenAdmits(string kind)
    {
        var now = DateTimeOffset.UtcNow;
        var (open, closed) = ($"times = [\"{Window(now, -2, 2)}\"]", $"times = [\"{Window(now, 3, 6)}\", \"{Window(now, -6, -3)}\"]");
        await using var it = await Guarded.StartAsync(kind, $"{open}\ntime_zone = \"UTC\"\nbanner_refused = \"{Guests.Banner}\"");
        using var inside = await it.EnterAsync();

        await it.ReloadAsync(open, closed);

        Assert.Equal(0, await it.VisitAsync(3));
        await it.RefusedAsync(3, "time");
        Assert.Equal(Guests.Word, await inside.TalkAsync(Guests.Word));
        await it.ReloadAsync(closed, open);
        Assert.Equal(1, await it.VisitAsync(1));
    }

    [Fact]
    public async Task Zone_DecidesWhichHourItIs()
    {
        // It is eleven hours later there, all year round.
        var now = DateTimeOffset.UtcNow;
        await using var it = await Guarded.StartAsync(
            "handler", $"times = [\"{Window(now, -2, 2)}\"]\ntime_zone = \"Pacific/Guadalcanal\"\nbanner_refused = \"{Guests.Banner}\"");
        Assert.Equal(0, await it.VisitAsync(1));

        await it.ReloadAsync(Window(now, -2, 2), Window(now, 9, 13));

        Assert.Equal(1, await it.VisitAsync(1));
    }

    private static string Window(DateTimeOffset now, int from, int to) =>
        string.Create(CultureInfo.InvariantCulture, $"{now.AddHours(from):HH:mm}-{now.AddHours(to):HH:mm}");
}
