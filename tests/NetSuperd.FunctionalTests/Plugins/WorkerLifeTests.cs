using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Workers over reloads, restarts and the stop of the daemon, and the connections that an operator or a time limit ends.</summary>
public sealed class WorkerLifeTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private const string Map = """
        [services.one]
        handler = "obeys"
        worker = "own"
        [services.one.settings]
        greeting = "first"
        """;

    [Fact]
    public async Task Reload_WithAChangedHandler_KeepsTheProcessAndOldConnections()
    {
        await using var daemon = await StartAsync(Map);
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal("first", await before.AskAsync("greeting"));

        daemon.Edit(map => map.Replace("\"first\"", "\"second\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal(("first", "second"), (await before.AskAsync("greeting"), await after.AskAsync("greeting")));
        Assert.Equal(await before.PidAsync(), await after.PidAsync());
        Assert.Equal("created 2 started 2", await after.AskAsync("made"));

        // A neighbour changes nothing for a handler.
        var port = $"[ports]\n\"{daemon.Scratch["two.sock"]}\" = \"two\"";
        daemon.Edit(map => map.Replace("[ports]", port, StringComparison.Ordinal)
            + "\n[services.two]\nhandler = \"obeys\"\nworker = \"own\"\n");
        await daemon.DoAsync("reload");
        Assert.Equal("created 3 started 3", await after.AskAsync("made"));
    }

    [Fact]
    public async Task Signal_ThatEndsAWorker_LetsItsConnectionsEndAndNewClientsWait()
    {
        await using var daemon = await StartAsync(Map);
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");
        var old = await before.PidAsync();

        await Shell.RunAsync($"kill -TERM {old}");
        Assert.Equal("", await before.Peer.ReadToEndAsync());
        before.Dispose();

        Assert.Equal("exited with status 0", (await daemon.WaitForEventAsync("WorkerRestarts"))["End"]);
        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.NotEqual(old, await after.PidAsync());
    }

    [Theory]
    [InlineData("greeting = \"\"", ":12: error: 'greeting' is empty; write some text")]
    [InlineData("gretting = \"first\"", ":1: error: unknown key 'gretting' in services.one.settings; the handler 'obeys' does not read it")]
    [InlineData("dies = true", "error: the handler 'obeys' cannot serve in a worker: its worker has ended: exited with status 7")]
    public async Task Reload_WithAHandlerThatFails_LeavesTheOldMapInForce(string changed, string problem)
    {
        await using var daemon = await StartAsync(Map, "ReloadRefused");
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");

        // In a worker of its own: in the old one it would take the connections there with it.
        daemon.Edit(map => map.Replace("greeting = \"first\"", changed, StringComparison.Ordinal)
            .Replace("worker = \"own\"", "worker = \"next\"", StringComparison.Ordinal));
        var answer = await daemon.RequestAsync("reload");

        Assert.Equal(78, answer.Status);
        Assert.Contains(answer.Messages, message => message.Contains(problem, StringComparison.Ordinal));
        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal(("first", "first"), (await before.AskAsync("greeting"), await after.AskAsync("greeting")));
        Assert.Equal(await before.PidAsync(), await after.PidAsync());
    }

    [Fact]
    public async Task Reload_WithAChangedPlugin_StartsAnotherProcessForNewClients()
    {
        await using var daemon = await Daemon.StartAsync(
            $"""
            [ports]
            %one% = "one"
            {Map}
            [daemon]
            plugins = "%dir%/plugins"
            """,
            new DaemonSetup { Prepare = scratch => scratch.Copy(Path.Combine(plugins.Folder, "trouble"), "plugins/trouble") });
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");
        var old = await before.PidAsync();

        daemon.Scratch.Write("plugins/trouble/notes.txt", "changed");
        await daemon.DoAsync("reload");

        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.NotEqual(old, await after.PidAsync());
        Assert.Equal(old, await before.PidAsync());
        before.Dispose();
        await Deadline.UntilAsync(() => !Directory.Exists($"/proc/{old}"), "the end of the old worker");
        Assert.Equal("first", await after.AskAsync("greeting"));
    }

    [Fact]
    public async Task Restart_LeavesConnectionsToTheOldWorkerUntilTheyEnd()
    {
        await using var daemon = await StartAsync(Map);
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");
        var old = await before.PidAsync();

        await daemon.RestartAsync();

        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.NotEqual(old, await after.PidAsync());
        Assert.Equal(old, await before.PidAsync());
        before.Peer.Finish();
        Assert.Equal("", await before.Peer.ReadToEndAsync());
        await Deadline.UntilAsync(() => !Directory.Exists($"/proc/{old}"), "the end of the old worker");
        Assert.Equal("first", await after.AskAsync("greeting"));
    }

    [Fact]
    public async Task Connection_InAWorker_IsListedAbortedAndEndedByItsTimeLimit()
    {
        (string Service, string Key)[] limits = [("idle", "idle_timeout"), ("silent", "first_byte_timeout"), ("long", "max_duration")];
        await using var daemon = await StartAsync(Map + string.Concat(limits.Select(
            limit => $"\n[services.{limit.Service}]\nhandler = \"obeys\"\nworker = \"own\"\n{limit.Key} = \"300ms\"")));
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal("first", await one.AskAsync("greeting"));
        foreach (var (service, key) in limits)
        {
            using var limited = await ObedientPeer.ConnectAsync(daemon, service);
            var answer = service == "silent" ? "hello" : await limited.AskAsync("greeting");
            Assert.Equal(("hello", ""), (answer, await limited.Peer.ReadToEndAsync()));
            Assert.Equal(key, (await daemon.WaitForEventAsync("ConnectionTimedOut", found => found["Service"] == service))["Reason"]);
        }

        var pid = await one.PidAsync();
        var listed = await Deadline.UntilAsync(
            daemon.ConnectionsAsync, all => all.Any(live => live.Service == "one" && live is { Received: > 0, Sent: > 0 }), "its bytes");
        var own = listed.Single(live => live.Service == "one");
        Assert.Equal((pid, "established"), (own.Pid, own.State));
        await one.TellAsync("deaf");
        await daemon.DoAsync("abort", id: own.Id);
        await HandlerCallTests.AssertResetAsync(one.Peer);
        var aborted = (await daemon.WaitForRecordAsync(one.Peer.Name)).End;

        // The last line came after the last report of the worker.
        var (received, sent) = ("greeting\npid\ndeaf\n".Length, $"first\n{pid}\n".Length);
        Assert.Equal(("aborted", received, sent), (aborted["End"], aborted.Number("BytesReceived"), aborted.Number("BytesSent")));
    }

    [Fact]
    public async Task Abort_ByAHandlerInAWorker_ResetsTheConnection()
    {
        await using var daemon = await StartAsync(Map);
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");

        await one.TellAsync("abort");

        await HandlerCallTests.AssertResetAsync(one.Peer);
        Assert.Equal("aborted", (await daemon.WaitForRecordAsync(one.Peer.Name)).End["End"]);
    }

    [Fact]
    public async Task Stop_OfADaemonWithWorkers_EndsTheirConnectionsAndProcesses()
    {
        await using var daemon = await StartAsync($"""
            {Map}
            stops = "%dir%/stops"
            [services.two]
            handler = "obeys"
            worker = "two"
            """);
        using var idle = await ObedientPeer.ConnectAsync(daemon, "one");
        using var deaf = await ObedientPeer.ConnectAsync(daemon, "one");
        var pid = await idle.PidAsync();
        await deaf.AskAsync("greeting");
        await deaf.TellAsync("deaf");

        var stopped = daemon.StopAsync();
        Assert.Equal("", await idle.Peer.ReadToEndAsync());
        idle.Dispose();
        Assert.Equal(0, await stopped);

        Assert.Equal("stopped\n", File.ReadAllText(daemon.Scratch["stops"]));
        Assert.DoesNotContain(daemon.Events, found => found.Name is "WorkerRestarts" or "ChildKilled");
        Assert.Equal("stopped", (await daemon.WaitForRecordAsync(idle.Peer.Name)).End["End"]);
        Assert.Equal("aborted", (await daemon.WaitForRecordAsync(deaf.Peer.Name)).End["End"]);
        Assert.DoesNotContain(daemon.Log.Lines, line => line.Contains("{ConnectionId}", StringComparison.Ordinal));
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task Lines_OfAWorker_NameServiceAndConnectionAndAreBounded()
    {
        await using var daemon = await StartAsync(Map);
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");
        await one.AskAsync("log word");
        await one.AskAsync("says");

        var line = await daemon.Log.FindAsync(
            text => LogEvent.Parse(text) is { } found && found["Word"] == "word" ? found : null, "the line of the handler");
        var id = (await daemon.WaitForEventAsync("ConnectionStarted", found => found["Peer"] == one.Peer.Name))["ConnectionId"];
        Assert.Equal(("one", id, "worker:own"), (line["Service"], line["ConnectionId"], line["Worker"]));
        Assert.Equal("on standard error", (await daemon.WaitForEventAsync("ChildStderr"))["Line"]);
        Assert.DoesNotContain(daemon.Log.Lines, text => text.Contains("on standard output", StringComparison.Ordinal));

        await one.AskAsync("flood");
        await daemon.WaitForEventAsync("HandlerLinesDropped");
        Assert.InRange(daemon.Log.Lines.Count(text => text.Contains("A flood of lines", StringComparison.Ordinal)), 1, 5000);
    }

    private Task<Daemon> StartAsync(string services, params string[] expected) =>
        WorkerDaemon.StartAsync(plugins, services, "1s", expected);
}
