using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>rate</c> and <c>rate_per_source</c>. Where tokens are counted, the next one would come minutes later.</summary>
[OnWindows]
public sealed class RateTests
{
    [Theory]
    [InlineData("handler", "tcp")]
    [LinuxData("exec", "tcp")]
    [LinuxData("handler", "unix")]
    [LinuxData("exec", "unix")]
    public async Task Refuse_MoreThanTheBurst_ServesTheBurstAndCutsNoConnection(string kind, string transport)
    {
        await using var it = await Guarded.StartAsync(kind, $"rate = \"10/h\"\n{Guarded.Refuse}", transport);

        using var group = await it.ComeAsync(50);

        Assert.Equal((10, 40), (group.Served.Count, group.Refused));
        Assert.Equal((10, 10), (await it.RefusedAsync(40, "rate")).Use("rate"));
        await group.TalkAsync();

        // A client that leaves frees a place, and gives back no token.
        await group.LeaveAsync();
        using var more = await it.ComeAsync(5);
        Assert.Equal((0, 5), (more.Served.Count, more.Refused));
        await it.RefusedAsync(45, "rate");
    }

    [Fact]
    public async Task Burst_ThatTheMapSets_IsTheDepthOfTheBucket()
    {
        await using var it = await Guarded.StartAsync("handler", $"rate = \"1/day burst 4\"\n{Guarded.Refuse}");

        Assert.Equal(4, await it.VisitAsync(10));
        await it.RefusedAsync(6, "rate");
    }

    [Fact]
    public async Task Reload_OfAnyKey_FillsNoBucket()
    {
        await using var it = await Guarded.StartAsync("handler", $"rate = \"3/h\"\nmax_connections = 7\n{Guarded.Refuse}");
        Assert.Equal(3, await it.VisitAsync(4));

        await it.ReloadAsync("max_connections = 7", "max_connections = 8");
        Assert.Equal(0, await it.VisitAsync(2));
        await it.ReloadAsync("3/h", "2/h");
        Assert.Equal(0, await it.VisitAsync(1));
        await it.RefusedAsync(4, "rate");
    }

    [Fact]
    public async Task Defer_AnEmptyBucket_LetsClientsWaitUntilTheMapSaysOtherwise()
    {
        await using var it = await Guarded.StartAsync("handler", "rate = \"3/h\"");
        using var group = await it.ComeAsync(3);
        using var fourth = await it.ConnectAsync();
        using var fifth = await it.ConnectAsync();
        await fourth.SendAsync("4");
        await fifth.SendAsync("5");
        await it.UntilAsync(found => found.Reason == "clients wait: rate" && found.Waits(2), "two clients wait");
        Assert.Equal("rate", (await it.Daemon.WaitForEventAsync("LimitReached"))["Reason"]);
        await group.TalkAsync();

        await it.ReloadAsync("3/h", "unlimited");

        Assert.Equal("4"u8.ToArray(), await fourth.ReceiveAsync(1));
        Assert.Equal("5"u8.ToArray(), await fifth.ReceiveAsync(1));
        Assert.Equal((5, 0, ""), ((await it.CountAsync()).Live, (await it.CountAsync()).Ended("refused"), (await it.CountAsync()).Reason));
    }

    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Defer_AShortInterval_ServesAllByItself(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, "rate = \"20/s burst 2\"");

        using var group = await it.ComeAsync(10);

        Assert.Equal((10, 0), (group.Served.Count, group.Refused));
        Assert.Equal(0, (await it.CountAsync()).Ended("refused"));
    }

    [Fact]
    public async Task Refuse_AShortInterval_ServesAgainByItself()
    {
        await using var it = await Guarded.StartAsync("handler", $"rate = \"1/s\"\n{Guarded.Refuse}");
        using var first = await it.EnterAsync();
        using var deadline = new CancellationTokenSource(Deadline.Default);

        // One at a time: in a flood of refused clients not all have the banner.
        for (var refused = 1; await it.VisitAsync(1) == 0; refused++)
        {
            await it.RefusedAsync(refused, "rate");
            Assert.False(deadline.IsCancellationRequested);
        }

        Assert.Equal(ClientGroup.Word, await first.TalkAsync(ClientGroup.Word));
    }

    [Theory]
    [InlineData("handler", "refuse")]
    [LinuxData("exec", "defer")]
    public async Task RatePerSource_OfOneSource_LeavesTheOthersAlone(string kind, string atLimit)
    {
        await using var it = await Guarded.StartAsync(
            kind, $"rate_per_source = \"3/h\"\nat_limit = \"{atLimit}\"\nbanner_refused = \"{ClientGroup.Banner}\"");

        // A limit for which the client must be known refuses it, whatever at_limit says.
        using var one = await it.ComeAsync(10, "127.0.0.1");
        using var two = await it.ComeAsync(4, "127.0.0.2");
        using var three = await it.ComeAsync(2, "127.0.0.3");

        Assert.Equal((3, 7), (one.Served.Count, one.Refused));
        Assert.Equal((3, 1), (two.Served.Count, two.Refused));
        Assert.Equal((2, 0), (three.Served.Count, three.Refused));
        await it.RefusedAsync(8, "source_rate");
    }

    [Fact]
    public async Task RatePerSource_OfANetwork_IsOneBucket()
    {
        await using var it = await Guarded.StartAsync(
            "handler", $"rate_per_source = \"3/h\"\nsource_prefix = {{ ipv4 = 24 }}\nbanner_refused = \"{ClientGroup.Banner}\"");

        Assert.Equal(2, await it.VisitAsync(2, "127.0.0.1"));
        Assert.Equal(1, await it.VisitAsync(2, "127.0.0.2"));
        Assert.Equal(3, await it.VisitAsync(3, "127.0.1.1"));
        await it.RefusedAsync(1, "source_rate");
    }

    [Fact]
    public async Task Source_ThatIsRefused_TakesNoTokenOfTheOthers()
    {
        await using var it = await Guarded.StartAsync("handler", $"rate = \"5/h\"\nrate_per_source = \"2/h\"\n{Guarded.Refuse}");

        Assert.Equal(2, await it.VisitAsync(20, "127.0.0.1"));
        Assert.Equal(2, await it.VisitAsync(20, "127.0.0.2"));
        Assert.Equal(1, await it.VisitAsync(20, "127.0.0.3"));

        var counted = await it.UntilAsync(found => found.Ended("refused") == 55, "55 refused");
        Assert.Equal((36, 19), (counted.For("source_rate"), counted.For("rate")));
    }

    [Fact]
    public async Task Refusal_ByTheServiceLimit_TakesNoToken()
    {
        await using var it = await Guarded.StartAsync("handler", $"rate = \"3/h\"\nmax_connections = 1\n{Guarded.Refuse}");
        using var inside = await it.EnterAsync();
        Assert.Equal(0, await it.VisitAsync(10));
        await it.RefusedAsync(10, "service_limit");
        await ClientGroup.LeaveAsync(inside);
        await it.EmptyAsync();

        Assert.Equal(2, await it.VisitAsync(4));
        Assert.Equal(2, (await it.UntilAsync(found => found.Ended("refused") == 12, "12 refused")).For("rate"));
    }

    [Fact]
    public async Task Refusal_ByTheSourceLimit_TakesNoTokenOfTheSource()
    {
        await using var it = await Guarded.StartAsync(
            "handler", $"rate_per_source = \"3/h\"\nmax_per_source = 1\nbanner_refused = \"{ClientGroup.Banner}\"");
        using var inside = await it.EnterAsync();
        Assert.Equal(0, await it.VisitAsync(10));
        await it.RefusedAsync(10, "source_limit");
        await ClientGroup.LeaveAsync(inside);
        await it.EmptyAsync();

        Assert.Equal(2, await it.VisitAsync(4));
        Assert.Equal(2, (await it.UntilAsync(found => found.Ended("refused") == 12, "12 refused")).For("source_rate"));
    }
}
