using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>What children write to standard error is in the log, and not at the client.</summary>
public sealed class StderrTests
{
    private const int MostCharsPerLine = 2048 + 3;

    [Fact]
    public async Task Lines_OfTwoServices_AreAttributed()
    {
        await using var daemon = await StartAsync("echo to the log >&2; echo to the client");
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("to the client\n", await client.ReadToEndAsync());
        using var other = await daemon.ConnectAsync("other");
        Assert.Equal("", await other.ReadToEndAsync());

        Assert.Equal((5002, "to the log"), Shown(await daemon.WaitForEventAsync("ChildStderr", found => found["Service"] == "script")));
        Assert.Equal((5002, "the other"), Shown(await daemon.WaitForEventAsync("ChildStderr", found => found["Service"] == "other")));
    }

    [Fact]
    public async Task Lines_OfChildrenAtOneTime_HaveTheirConnectionAndTheirProcess()
    {
        const int Children = 5;
        await using var daemon = await StartAsync("read word; echo $$ $word >&2; (read word; echo $$ last >&2); printf '%s end' $$ >&2");
        var clients = new List<TcpPeer>();
        for (var i = 0; i < Children; i++)
        {
            clients.Add(await daemon.ConnectAsync("p"));
        }

        foreach (var client in clients)
        {
            await client.SendAsync("one\ntwo\n");
        }

        foreach (var client in clients)
        {
            await client.ReadToEndAsync();
            client.Dispose();
        }

        await daemon.WaitForEventsAsync("ChildEnded", Children);
        var started = daemon.Events.Where(found => found.Name == "ChildStarted")
            .ToDictionary(found => found["ConnectionId"], found => found["Pid"]);
        var lines = await daemon.WaitForEventsAsync("ChildStderr", Children * 3);
        Assert.All(lines, line => Assert.Equal((started[line["ConnectionId"]], line["Pid"]), (line["Pid"], line["Line"].Split(' ')[0])));
    }

    [Fact]
    public async Task Lines_OfADescendantThatIsLeft_HaveTheConnectionItBeganWith()
    {
        await using var daemon = await StartAsync("(sleep 0.3; echo left >&2) <&- >&- & exit 0");
        using (var first = await daemon.ConnectAsync("p"))
        {
            await first.ReadToEndAsync();
        }

        using var second = await daemon.ConnectAsync("p");
        await second.ReadToEndAsync();
        var left = await daemon.WaitForEventsAsync("ChildStderr", 2, found => found["Line"] == "left");

        var started = daemon.Events.Where(found => found.Name == "ChildStarted")
            .Select(found => (found["ConnectionId"], found["Pid"]))
            .Order();
        Assert.Equal(started, left.Select(found => (found["ConnectionId"], found["Pid"])).Order());
    }

    [Fact]
    public async Task Line_InTheFormOfText_NamesConnectionAndProcess()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "script"
            [services.script]
            exec = ["/bin/sh", "-c", "echo $$ >&2"]
            [log]
            format = "text"
            """);
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();

        var line = await daemon.Log.FindAsync(found => found.Contains(" stderr", StringComparison.Ordinal) ? found : null, "the line");
        Assert.Matches(@" info  script stderr of connection 1, child (\d+): \1$", line);
    }

    [Fact]
    public async Task Lines_OfMoreChildrenThanMayHaveAPipe_AreLoggedWithTheirService()
    {
        // A sixteenth of the descriptors: eighteen of them.
        const int Children = 30;
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "script"
            [services.script]
            exec = ["/bin/sh", "-c", "read word; echo $word >&2"]
            """, new DaemonSetup { Through = ["/usr/bin/prlimit", "--nofile=300:300"] });
        var clients = new List<TcpPeer>();
        for (var i = 0; i < Children; i++)
        {
            clients.Add(await daemon.ConnectAsync("p"));
        }

        await daemon.WaitForEventsAsync("ChildStarted", Children);
        foreach (var client in clients)
        {
            await client.SendAsync("word\n");
            await client.ReadToEndAsync();
            client.Dispose();
        }

        await Deadline.UntilAsync(() => daemon.Events.Count(found => found["Line"] == "word") == Children, "all lines");
        Assert.InRange(daemon.Events.Count(found => found.Name == "SharedStderr"), 9, 15);
        Assert.All(daemon.Events.Where(found => found["Line"] == "word"), found => Assert.Equal("script", found["Service"]));
    }

    [Fact]
    public async Task Line_LongerThanTheLimit_IsCutAndTheNextIsWhole()
    {
        await using var daemon = await StartAsync("head -c 100000 /dev/zero | tr '\\\\0' x >&2; echo >&2; echo next >&2");
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();

        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "next");
        var cut = Assert.Single(daemon.Events, found => found.Name == "ChildStderr" && found["Line"] != "next")["Line"];
        Assert.InRange(cut.Length, 1000, MostCharsPerLine);
        Assert.EndsWith("...", cut, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_WithoutAnEnd_IsLoggedWhenItsChildEnds()
    {
        await using var daemon = await StartAsync("printf 'last words' >&2");
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();
        await daemon.WaitForEventAsync("ChildEnded");

        Assert.Equal("last words", (await daemon.WaitForEventAsync("ChildStderr"))["Line"]);
    }

    [Fact]
    public async Task Line_WithoutAnEnd_IsLoggedAtTheStop()
    {
        await using var daemon = await StartAsync("printf 'last words' >&2");
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();
        await daemon.WaitForEventAsync("ChildEnded");

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("last words", (await daemon.WaitForEventAsync("ChildStderr"))["Line"]);
    }

    [Fact]
    public async Task Flood_OfAChild_DoesNotHoldUpOthers()
    {
        await using var daemon = await StartAsync("yes flood >&2");
        using var flood = await daemon.ConnectAsync("p");
        await daemon.WaitForEventAsync("ChildStderr");
        for (var i = 0; i < 20; i++)
        {
            using var client = await daemon.ConnectAsync("echo");
            Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        }
    }

    [Fact]
    public async Task Flood_OfAChild_IsReadAndWhatIsLeftOutIsCounted()
    {
        const int Lines = 50_000;
        await using var daemon = await StartAsync($"yes flood | head -n {Lines} >&2");
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();
        await daemon.WaitForEventAsync("ChildEnded");
        using var other = await daemon.ConnectAsync("other");
        await other.ReadToEndAsync();
        await daemon.WaitForEventAsync("ChildStderr", found => found["Service"] == "other");
        Assert.Equal(0, await daemon.StopAsync());

        var logged = daemon.Events.Count(found => found.Name == "ChildStderr" && found["Service"] == "script");
        var dropped = daemon.Events.Where(found => found.Name == "StderrDropped").Sum(found => found.Number("Dropped"));
        Assert.InRange(logged, 4096, Lines / 2);
        Assert.Equal(Lines, logged + dropped);
    }

    [Fact]
    public async Task Pipe_OfAnotherUser_CanBeOpenedAgain()
    {
        Privilege.Require("children of another user");
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "script"
            [services.script]
            exec = ["/bin/sh", "-c", "echo reopened > /dev/stderr; cat /dev/stderr"]
            user = "nobody"
            """);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("", await client.ReadToEndAsync());

        // To write, and not to read what others have written.
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "reopened");
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"].EndsWith("Permission denied", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("socket", "to the log\nto the client\n")]
    [InlineData("null", "to the client\n")]
    public async Task Key_Stderr_SendsItElsewhere(string stderr, string received)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "script"
            [services.script]
            exec = ["/bin/sh", "-c", "echo to the log >&2; echo to the client"]
            stderr = "{stderr}"
            """);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal(received, await client.ReadToEndAsync());
        await daemon.WaitForRecordAsync(client.Name);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildStderr");
    }

    [Fact]
    public async Task Children_ThatOutliveTheirServiceByTwoMaps_EndInOrder()
    {
        // Only the maps hold the pipe then. An unexpected event fails the test.
        await using var daemon = await StartAsync("exec 2>&-; exec cat");
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.TalkAsync("TEST"));
        daemon.Edit(map => map.Replace("[services.other]", "umask = \"027\"\n[services.other]", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        daemon.Edit(map => map.Replace("= \"script\"", "= \"echo\"", StringComparison.Ordinal)
            .Replace("[services.script]", "[services.successor]", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("TEST", await client.TalkAsync("TEST"));

        Assert.Equal("", await client.ExchangeAsync(""));

        Assert.Equal("exited", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }

    private static Task<Daemon> StartAsync(string script) => Daemon.StartAsync($"""
        [ports]
        %p% = "script"
        %other% = "other"
        %echo% = "echo"
        [services.script]
        exec = ["/bin/sh", "-c", "{script}"]
        [services.other]
        exec = ["/bin/sh", "-c", "echo the other >&2"]
        """);

    private static (int Id, string Line) Shown(LogEvent found) => (found.Id, found["Line"]);
}
