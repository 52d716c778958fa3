using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>
/// <c>idle_timeout</c>, <c>first_byte_timeout</c> and <c>max_duration</c>: a connection to which one applies ends in order, and no other
/// ends.
/// </summary>
[OnWindows]
public sealed class TimeoutTests
{
    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task IdleTimeout_ASilentClient_IsEndedAndOneThatTalksStays(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, "idle_timeout = \"3s\"");
        using var talks = await it.EnterAsync();
        using var silent = await it.EnterAsync();

        var end = silent.ReadToEndAsync();
        await TalkUntilAsync(talks, end);

        Assert.Equal("", await end);
        await AssertRecordAsync(it, kind, silent, "idle_timeout");
        Assert.Equal(1, (await it.CountAsync()).Live);
        Assert.Equal(ClientGroup.Word, await talks.TalkAsync(ClientGroup.Word));
    }

    [Fact]
    public async Task FirstByteTimeout_ASilentClient_IsEndedAndOneThatHasSentBytesStays()
    {
        await using var it = await Guarded.StartAsync("handler", "first_byte_timeout = \"3s\"");
        using var said = await it.EnterAsync();
        using var silent = await it.ConnectAsync();

        Assert.Equal("", await silent.ReadToEndAsync());

        await AssertRecordAsync(it, "handler", silent, "first_byte_timeout");
        Assert.Equal(ClientGroup.Word, await said.TalkAsync(ClientGroup.Word));
    }

    [Theory]
    [InlineData("handler", "tcp")]
    [LinuxData("handler", "unix")]
    [LinuxData("exec", "tcp")]
    [LinuxData("exec", "unix")]
    public async Task MaxDuration_AnActiveClient_IsEndedToo(string kind, string transport)
    {
        await using var it = await Guarded.StartAsync(kind, "max_duration = \"3s\"\nmax_connections = 1", transport);
        using var client = await it.EnterAsync();
        using var next = await it.ConnectAsync();
        await next.SendAsync("next");

        Assert.Equal("", await client.ReadToEndAsync());

        // Its place is free then.
        Assert.Equal("next"u8.ToArray(), await next.ReceiveAsync(4));
        var counted = await it.CountAsync();
        Assert.Equal((1, 1), (counted.Ended("timeout"), counted.For("max_duration")));
        Assert.Equal("", await next.ReadToEndAsync());
        await it.UntilAsync(found => found.For("max_duration") == 2, "the second end");
    }

    [OnLinux("children")]
    [Fact]
    public async Task IdleTimeout_AChildWhoseClientHasReset_IsEnded()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "it"
            [services.it]
            exec = ["/bin/sleep", "60"]
            idle_timeout = "1s"
            """);
        using var client = await daemon.ConnectAsync("p");
        await daemon.WaitForEventAsync("ChildStarted");

        client.Reset();

        Assert.Equal("timeout", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
        Assert.Equal(1, (await Counted.AskAsync(daemon, "it")).For("idle_timeout"));
    }

    [OnLinux("unix sockets")]
    [Fact]
    public async Task IdleTimeout_OfUnixPeers_IsForHandlers()
    {
        await using var it = await Guarded.StartAsync("handler", "idle_timeout = \"2s\"", "unix");
        using var client = await it.EnterAsync();

        Assert.Equal("", await client.ReadToEndAsync());
        await it.UntilAsync(found => found.For("idle_timeout") == 1, "the end");
    }

    [OnLinux("children")]
    [Fact]
    public async Task MaxDuration_AChildThatIgnoresTerm_IsKilled()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "it"
            [services.it]
            exec = ["/bin/sh", "-c", "trap '' TERM; cat"]
            max_duration = "3s"
            """);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal(ClientGroup.Word, await client.TalkAsync(ClientGroup.Word));

        Assert.Equal("", await client.ReadToEndAsync());

        var overstays = await daemon.WaitForEventAsync("ChildOverstays");
        var (start, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal(("max_duration", start["Pid"]), (overstays["Reason"], overstays["Pid"]));
        Assert.Equal("timeout", end["End"]);
        Assert.Contains("SIGKILL", end["Detail"], StringComparison.Ordinal);
        Assert.Equal(1, (await Counted.AskAsync(daemon, "it")).For("max_duration"));
        await Deadline.UntilAsync(() => ProcFiles.Children(daemon.Pid).Count == 0, "no child");
    }

    [Fact]
    public async Task Reload_WithAShorterTime_IsForLaterConnections()
    {
        await using var it = await Guarded.StartAsync("handler", "max_duration = \"1h\"");
        using var before = await it.EnterAsync();

        await it.ReloadAsync("1h", "3s");
        using var after = await it.EnterAsync();

        Assert.Equal("", await after.ReadToEndAsync());
        Assert.Equal(ClientGroup.Word, await before.TalkAsync(ClientGroup.Word));
    }

    private static async Task AssertRecordAsync(Guarded it, string kind, TcpPeer client, string key)
    {
        if (kind == "handler")
        {
            var ended = await it.Daemon.WaitForEventAsync("ConnectionTimedOut", found => found["Peer"] == client.Name);
            Assert.Equal((key, "it"), (ended["Reason"], ended["Service"]));
        }
        else
        {
            Assert.Equal("timeout", (await it.Daemon.WaitForRecordAsync(client.Name)).End["End"]);
        }

        var counted = await it.CountAsync();
        Assert.Equal((1, 1), (counted.Ended("timeout"), counted.For(key)));
    }

    private static async Task TalkUntilAsync(TcpPeer client, Task end)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!end.IsCompleted)
        {
            Assert.Equal(ClientGroup.Word, await client.TalkAsync(ClientGroup.Word));
            await pace.WaitForNextTickAsync();
        }
    }
}
