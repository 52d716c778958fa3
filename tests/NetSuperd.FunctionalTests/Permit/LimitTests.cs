using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>max_connections</c> of a service and of the daemon: never one more, and no client that may wait is lost.</summary>
[OnWindows]
public sealed class LimitTests
{
    private const int Crowd = 100;

    // Fewer are left than may be told so at once.
    private const int Most = 40;

    [Theory]
    [InlineData("handler", "tcp")]
    [LinuxData("handler", "unix")]
    [LinuxData("exec", "tcp")]
    [LinuxData("exec", "unix")]
    public async Task Refuse_AHundredClientsTogether_ServesTheLimitAndTellsTheOthers(string kind, string transport)
    {
        await using var it = await Guarded.StartAsync(kind, $"max_connections = {Most}\n{Guarded.Refuse}", transport);

        using var group = await it.ComeAsync(Crowd);

        Assert.Equal((Most, Crowd - Most), (group.Served.Count, group.Refused));
        var counted = await it.RefusedAsync(Crowd - Most, "service_limit");
        Assert.Equal((Most, Most), counted.Use("max_connections"));
        Assert.Equal("", counted.Reason);
        await group.TalkAsync();
        await group.LeaveAsync();
        await it.AssertRoomAsync(Most);
    }

    [Fact]
    public async Task Refuse_ClientsThatStayWhenTheDaemonStops_AreRecorded()
    {
        await using var it = await Guarded.StartAsync("handler", $"allow = []\nbanner_refused = \"{ClientGroup.Banner}\"");
        var clients = new List<TcpPeer>();
        for (var i = 0; i < 5; i++)
        {
            clients.Add(await it.ConnectAsync());
            Assert.Equal($"{ClientGroup.Banner}\r\n", await clients[i].ReadToEndAsync());
        }

        Assert.Equal(0, await it.Daemon.StopAsync());

        Assert.Equal(5, it.Daemon.Events.Count(found => found.Name == "ConnectionRefused"));
        clients.ForEach(client => client.Dispose());
    }

    [Theory]
    [InlineData("handler", "tcp")]
    [LinuxData("handler", "unix")]
    [LinuxData("exec", "tcp")]
    [LinuxData("exec", "unix")]
    public async Task Defer_AHundredClientsTogether_ServesAllAndNeverMoreThanTheLimit(string kind, string transport)
    {
        const int few = 7;
        await using var it = await Guarded.StartAsync(kind, $"max_connections = {few}", transport);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (inside, highest) = (0, 0);
        var clients = Enumerable.Range(0, Crowd).Select(async _ =>
        {
            using var client = await it.EnterAsync();
            var now = Interlocked.Increment(ref inside);
            lock (go)
            {
                highest = Math.Max(highest, now);
            }

            await go.Task;
            Assert.Equal(ClientGroup.Word, await client.TalkAsync(ClientGroup.Word));
            Interlocked.Decrement(ref inside);
            await ClientGroup.LeaveAsync(client);
        }).ToList();

        await Deadline.UntilAsync(() => Volatile.Read(ref inside) == few, $"{few} clients inside");
        var counted = await it.UntilAsync(
            found => found.Reason.Length > 0 && (transport == "unix" || found.Waits(Crowd - few)), "the others wait");
        Assert.Equal((few, few, "clients wait: service_limit"), (counted.Live, counted.Use("max_connections").Used, counted.Reason));
        Assert.Equal("service_limit", (await it.Daemon.WaitForEventAsync("LimitReached"))["Reason"]);
        if (kind == "exec")
        {
            Assert.Equal(few, ProcFiles.Children(it.Daemon.Pid).Count);
        }

        go.SetResult();
        await Deadline.WithinAsync(Task.WhenAll(clients), "the service of all");

        Assert.Equal(few, highest);
        counted = await it.EmptyAsync();
        Assert.Equal((0, Crowd), (counted.Ended("refused"), counted.Ended(kind == "handler" ? "closed" : "exited")));
        Assert.Equal("", counted.Reason);
        await it.Daemon.WaitForEventAsync("LimitOver");
    }

    [OnLinux("children")]
    [Fact]
    public async Task Total_OverTwoServices_IsKeptAndOneThatWaitsHoldsNothing()
    {
        await using var it = await Guarded.StartAsync("handler", "max_connections = 2", more: $"""
            "127.0.0.1:%other%" = "other"
            [daemon]
            max_connections = 3
            [services.other]
            exec = ["/bin/cat"]
            {Guarded.Refuse}
            """);
        Task<TcpPeer?> other() => OtherAsync(it.Daemon);
        using var first = await it.EnterAsync();
        using var second = await it.EnterAsync();
        using var waiting = await it.ConnectAsync();
        await waiting.SendAsync("wait");
        await it.UntilAsync(found => found.Reason == "clients wait: service_limit", "a client waits");

        // The third connection of the daemon is free, although clients of another service wait for one.
        using var third = await other();
        Assert.NotNull(third);
        Assert.Null(await other());
        var counted = await Counted.UntilAsync(it.Daemon, "other", found => found.Ended("refused") == 1, "a refusal");
        Assert.Equal((1, 3, 3), (counted.For("total_limit"), counted.Total.Used, counted.Total.Most));

        // The place of its own service that gets free is worth something with the one of the daemon.
        await ClientGroup.LeaveAsync(first);
        Assert.Equal("wait"u8.ToArray(), await waiting.ReceiveAsync(4));
        Assert.Null(await other());

        await ClientGroup.LeaveAsync(third);
        await Counted.UntilAsync(it.Daemon, "other", found => found.Total.Used == 2, "a free place");
        using var again = await other();
        Assert.NotNull(again);
        Assert.Equal(0, (await it.CountAsync()).Ended("refused"));
    }

    [OnLinux("children")]
    [Fact]
    public async Task Total_ThatIsReached_LetsAServiceThatDefersWaitForTheOther()
    {
        await using var it = await Guarded.StartAsync("exec", "max_connections = 2", more: $"""
            "127.0.0.1:%other%" = "other"
            [daemon]
            max_connections = 1
            [services.other]
            handler = "echo"
            """);
        using var inside = await OtherAsync(it.Daemon);
        using var waiting = await it.ConnectAsync();
        await waiting.SendAsync("wait");
        await it.UntilAsync(found => found.Reason == "clients wait: total_limit", "a client waits");
        await ProcFiles.ForkServerAsync(it.Daemon.Pid);
        Assert.Empty(ProcFiles.Children(it.Daemon.Pid));

        await ClientGroup.LeaveAsync(inside!);

        Assert.Equal("wait"u8.ToArray(), await waiting.ReceiveAsync(4));
        Assert.Equal((1, 1), (await it.CountAsync()).Total);
    }

    [Fact]
    public async Task Status_OfLimitsInUse_HasALineForEach()
    {
        await using var it = await Guarded.StartAsync("handler", "max_connections = 5\nrate = \"10/h\"\nmax_per_source = 4");
        using var group = await it.ComeAsync(3);

        var table = await it.Daemon.AskedAsync("status");

        Assert.Matches(@"(?m)^LIMIT +SERVICE +USED +MOST$", table);
        Assert.Matches(@"(?m)^max_connections +- +3 +10000$", table);
        Assert.Matches(@"(?m)^max_connections +it +3 +5$", table);
        Assert.Matches(@"(?m)^rate +it +3 +10$", table);
        Assert.Matches(@"(?m)^max_per_source +it +3 +4$", table);
    }

    private static async Task<TcpPeer?> OtherAsync(Daemon daemon) => await ClientGroup.EnterAsync(await daemon.ConnectAsync("other"));
}
