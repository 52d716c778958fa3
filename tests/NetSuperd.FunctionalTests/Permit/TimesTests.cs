using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>times</c>: windows around and beside the hour in which the test runs.</summary>
[OnWindows]
public sealed class TimesTests
{
    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Window_ThatIsClosed_RefusesAndOneThatIsOpenAdmits(string kind)
    {
        var now = DateTimeOffset.UtcNow;
        var (open, closed) = ($"times = [\"{Window(now, -2, 2)}\"]", $"times = [\"{Window(now, 3, 6)}\", \"{Window(now, -6, -3)}\"]");
        await using var it = await Guarded.StartAsync(kind, $"{open}\ntime_zone = \"UTC\"\nbanner_refused = \"{ClientGroup.Banner}\"");
        using var inside = await it.EnterAsync();

        await it.ReloadAsync(open, closed);

        Assert.Equal(0, await it.VisitAsync(3));
        await it.RefusedAsync(3, "time");
        Assert.Equal(ClientGroup.Word, await inside.TalkAsync(ClientGroup.Word));
        await it.ReloadAsync(closed, open);
        Assert.Equal(1, await it.VisitAsync(1));
    }

    [OnLinux("children with the socket itself")]
    [Theory]
    [InlineData("127.0.0.1:%p%")]
    [InlineData("%dir%/p.sock")]
    public async Task Window_OfASocketThatAChildInherits_RefusesEachClientOnceAndServesWhenItOpens(string socket)
    {
        var now = DateTimeOffset.UtcNow;
        var (open, closed) = (Window(now, -2, 2), Window(now, 3, 6));
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "{socket}" = "it"
            [services.it]
            exec = ["/usr/bin/perl", "-e", "use Socket; accept(C, STDIN); syswrite(C, 'TEST')"]
            wait = true
            times = ["{closed}"]
            time_zone = "UTC"
            """);
        for (var i = 1; i <= 3; i++)
        {
            using var denied = await ConnectAsync();
            await denied.SendAsync("hello");
            Assert.Equal("", await denied.ReadToEndAsync());
            var counted = await Counted.UntilAsync(daemon, "it", found => found.Live == 0 && found.Ended("refused") >= i, "a refusal");
            Assert.Equal((i, i), (counted.Ended("refused"), counted.For("time")));
        }

        daemon.Edit(map => map.Replace(closed, open, StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        using var served = await ConnectAsync();
        Assert.Equal("TEST", await served.ReadToEndAsync());
        await daemon.WaitForEventAsync("ChildStarted");
        Assert.DoesNotContain(daemon.Events, found => found.Name == "WaitBackoff");
        Assert.Equal(3, (await Counted.AskAsync(daemon, "it")).Ended("refused"));

        Task<TcpPeer> ConnectAsync() =>
            socket[0] == '%' ? TcpPeer.ConnectUnixAsync(daemon.Scratch["p.sock"]) : TcpPeer.ConnectAsync(daemon.Port("p"));
    }

    [OnLinux("the names of tzdata")]
    [Fact]
    public async Task Zone_DecidesWhichHourItIs()
    {
        // It is eleven hours later there, all year round.
        var now = DateTimeOffset.UtcNow;
        await using var it = await Guarded.StartAsync(
            "handler",
            $"times = [\"{Window(now, -2, 2)}\"]\ntime_zone = \"Pacific/Guadalcanal\"\nbanner_refused = \"{ClientGroup.Banner}\"");
        Assert.Equal(0, await it.VisitAsync(1));

        await it.ReloadAsync(Window(now, -2, 2), Window(now, 9, 13));

        Assert.Equal(1, await it.VisitAsync(1));
    }

    private static string Window(DateTimeOffset now, int from, int to) =>
        string.Create(CultureInfo.InvariantCulture, $"{now.AddHours(from):HH:mm}-{now.AddHours(to):HH:mm}");
}
