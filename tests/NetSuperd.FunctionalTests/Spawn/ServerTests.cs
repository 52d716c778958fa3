using System.Globalization;
using NetSuperd.FunctionalTests.Harness;
using static NetSuperd.FunctionalTests.Spawn.ServerDaemon;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary><c>start = "always"</c>: a server has its sockets from the start, and is started again when it has ended.</summary>
public sealed class ServerTests
{
    [Fact]
    public async Task Start_OfTheDaemon_StartsTheServerWithItsSockets()
    {
        await using var daemon = await StartAsync();

        var started = await daemon.WaitForEventAsync("ChildStarted");
        var (pid, word, names) = await AskAsync(daemon);

        Assert.Equal((started["Pid"], "one", "first:second"), (pid, word, names));
        Assert.Equal((pid, "one", "first:second"), await AskAsync(daemon));
        var status = (await daemon.StatusAsync()).Service("it");
        Assert.Equal(("server", "serving"), (status.Kind, status.State));
        Assert.Equal((pid, 0L, null), ($"{status.Server!.Pid}", status.Server.Restarts, status.Server.LastEnd));
    }

    [Fact]
    public async Task Server_WithASingleSocket_HasItAsStandardInput()
    {
        await using var daemon = await StartAsync(fds: "stdio", ports: "\"127.0.0.1:%p%\" = \"it\"");

        Assert.Equal("one", (await AskAsync(daemon)).Word);
    }

    [Fact]
    public async Task Server_ThatEnds_IsStartedAgainAndNoClientIsLost()
    {
        await using var daemon = await StartAsync(
            "use Socket; accept(C, STDIN); syswrite(C, $$); exit 3", "stdio", "\"127.0.0.1:%p%\" = \"it\"");
        var clients = new List<TcpPeer>();
        for (var i = 0; i < 4; i++)
        {
            clients.Add(await daemon.ConnectAsync("p"));
        }

        var pids = new List<string>();
        foreach (var client in clients)
        {
            using (client)
            {
                pids.Add(await client.ReadToEndAsync());
            }
        }

        Assert.Equal(4, pids.Distinct().Count());
        await daemon.WaitForEventAsync("ServerRestarts", found => found["Pause"] == "0.4");
        var server = (await daemon.StatusAsync()).Service("it").Server!;
        Assert.True(server is { Restarts: >= 3, LastEnd: "exited with status 3" }, $"{server}");
    }

    [Fact]
    public async Task Server_ThatCrashesInALoop_IsStartedLessAndLessOften()
    {
        await using var daemon = await StartAsync("kill 9, $$", "none", "\"127.0.0.1:%echo%\" = \"echo\"");

        await daemon.WaitForEventAsync("ServerRestarts", found => found["Pause"] == "1.6");

        Assert.Equal(
            ["0.1", "0.2", "0.4", "0.8", "1.6"],
            daemon.Events.Where(found => found.Name == "ServerRestarts").Select(found => found["Pause"]).Take(5));
        Assert.All(
            daemon.Events.Where(found => found.Name == "ServerRestarts"), found => Assert.Equal("killed by signal SIGKILL", found["End"]));
        await daemon.UntilAsync("it", "restarting");
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("setpgrp;")]
    public async Task Server_ThatLeavesAProcess_IsStartedAgainWhenThatHasEnded(string ofAnotherGroup)
    {
        await using var daemon = await StartAsync(
            $"unless (fork) {{ {ofAnotherGroup} $SIG{{TERM}} = q(IGNORE); $0 = q(left); sleep 600 }} sleep 600", "none", "");
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];
        await Deadline.UntilAsync(() => Members(pid).Count == 2, "the second process of the server");
        var left = Members(pid).Single(member => member != pid);

        await Deadline.UntilAsync(() => File.ReadAllText($"/proc/{left}/cmdline").StartsWith("left", StringComparison.Ordinal), "its name");
        await daemon.DoAsync("signal", "it", "KILL");
        await daemon.WaitForEventAsync("ChildEnded");
        Assert.Null((await daemon.StatusAsync()).Service("it").Server!.Pid);
        Assert.Contains(left, Members(pid));

        await daemon.WaitForEventAsync("ServerRestarts");
        Assert.DoesNotContain(left, Members(pid));
    }

    [Theory]
    [InlineData("never", "exit 1")]
    [InlineData("failure", "exit 0")]
    [InlineData("failure", "kill 15, $$; sleep 60")]
    public async Task Server_ThatIsNotToBeStartedAgain_HasEndedUntilItIsStarted(string restart, string script)
    {
        await using var daemon = await StartAsync(script, "none", "", $"restart = \"{restart}\"");
        await daemon.WaitForEventAsync("ServerOver");
        await daemon.UntilAsync("it", "ended");
        await daemon.RestartAsync();
        await daemon.DoAsync("reload");
        await daemon.UntilAsync("it", "ended");
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");

        await daemon.DoAsync("start", "it");

        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == "ServerOver") == 2, "the end of the second");
        Assert.Equal(2, daemon.Events.Count(found => found.Name == "ChildStarted"));
    }

    [Fact]
    public async Task Reload_KeepsAServerThatHasNotChanged_AndReplacesOneThatHas()
    {
        await using var daemon = await StartAsync();
        var first = await AskAsync(daemon);
        daemon.Edit(map => map.Replace("[services.it]", "[services.other]\nhandler = \"echo\"\n[services.it]", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal(first, await AskAsync(daemon));

        daemon.Edit(map => map.Replace("WORD = \"one\"", "WORD = \"two\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        Assert.Equal("changed", (await daemon.WaitForEventAsync("ServerEnding"))["Reason"]);
        Assert.Equal("two", (await AskAsync(daemon)).Word);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ServerRestarts");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reload_OrRestartWithoutTheServer_EndsIt(bool restarts)
    {
        await using var daemon = await StartAsync("sleep 600", "none", "\"127.0.0.1:%echo%\" = \"echo\"");
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];
        daemon.Edit(map => map.Replace("[services.it]\n", "[services.it]\nenabled = false\n", StringComparison.Ordinal));

        await (restarts ? daemon.RestartAsync() : daemon.DoAsync("reload"));

        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);
        await daemon.UntilAsync("it", "disabled");
    }

    [Theory]
    [InlineData("listen")]
    [InlineData("none")]
    public async Task Restart_KeepsTheServer_AndTheSuccessorStartsItAgain(string fds)
    {
        await using var daemon = fds == "listen" ? await StartAsync() : await StartAsync("sleep 600", "none", "");
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];

        await daemon.RestartAsync();
        await daemon.RestartAsync();

        var kept = (await daemon.StatusAsync()).Service("it");
        Assert.Equal(("serving", pid, 0L), (kept.State, $"{kept.Server!.Pid}", kept.Server.Restarts));
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");
        await Command.OutputAsync("kill", "-9", pid);
        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == "ChildStarted") == 2, "the next server");
        var next = (await daemon.StatusAsync()).Service("it").Server!;
        Assert.Equal((1L, true), (next.Restarts, $"{next.Pid}" != pid));
        Assert.True(fds == "none" || (await AskAsync(daemon)).Pid == $"{next.Pid}");
    }

    [Theory]
    [InlineData("listen")]
    [InlineData("none")]
    public async Task Restart_OfTheDaemon_TellsHowTheServerEnds(string fds)
    {
        await using var daemon = await StartAsync(
            "$SIG{USR1} = sub { exit 0 }; sleep 600 while 1", fds, fds == "none" ? "" : TwoPorts, "restart = \"failure\"");
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, 10), "a handler of USR1");
        await daemon.RestartAsync();
        await daemon.RestartAsync();

        await daemon.DoAsync("signal", "it", "USR1");

        Assert.Equal("exited with status 0", (await daemon.WaitForEventAsync("ServerOver"))["End"]);
        await daemon.UntilAsync("it", "ended");
    }

    [Theory]
    [InlineData("terminate")]
    [InlineData("leave")]
    public async Task Stop_OfTheDaemon_EndsTheServer(string children)
    {
        await using var daemon = await StartAsync(more: $"[daemon]\ndrain = \"20s\"\ndrain_children = \"{children}\"\n");
        var pid = (await AskAsync(daemon)).Pid;

        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal("by signal SIGTERM", (await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid))["Detail"]);
    }

    [Fact]
    public async Task Stop_OfTheDaemon_EndsTheServerOfAProcessThatWasKilled()
    {
        await using var daemon = await StartAsync();
        var pid = (await AskAsync(daemon)).Pid;
        await daemon.RestartAsync();
        await Command.OutputAsync("kill", "-9", $"{daemon.Pid}");
        Assert.Equal(pid, (await AskAsync(daemon)).Pid);

        await daemon.StopAllAsync();

        Assert.Empty(Members(pid));
    }

    [Fact]
    public async Task Explain_OfAServer_SaysThatTheDaemonJudgesNoClient()
    {
        await using var daemon = await StartAsync();

        var said = await Netsuperd.RunAsync(
            "explain", "127.0.0.1", $"127.0.0.1:{daemon.Port("p")}", "--config", daemon.Scratch["map.toml"]);

        Assert.Contains("the daemon judges none", said.Output, StringComparison.Ordinal);
        Assert.Contains("now: it would be let in", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_WhosePathWasRemoved_IsReplacedByOneWithANewSocket()
    {
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "%dir%/it.sock" = "it"
            [services.it]
            exec = ["/usr/bin/perl", "-e", '$SIG{TERM} = sub { unlink $ARGV[0]; exit }; {{Accepts}}', "%dir%/it.sock"]
            start = "always"
            fds = "listen"
            """,
            new DaemonSetup { Expected = ["BindFailed"] });
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];
        File.Delete(daemon.Scratch["it.sock"]);

        Assert.Equal("unreachable", (await daemon.WaitForEventAsync("ServerEnding"))["Reason"]);
        await daemon.WaitForEventAsync("BindRecovered");
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);
        Assert.NotEqual(pid, (await client.ReadToEndAsync()).Split(' ')[0]);
        Assert.Single(daemon.Events, found => found.Name == "ServerEnding");
    }

    /// <summary>The processes of a session that are no zombies.</summary>
    private static IReadOnlyList<string> Members(string session) => [.. Directory.GetDirectories("/proc")
        .Select(Path.GetFileName).OfType<string>().Where(pid => char.IsAsciiDigit(pid[0]) && IsIn(session, pid))];

    private static bool IsIn(string session, string pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[3] == session && fields[0] != "Z";
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }
}
