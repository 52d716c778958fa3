using System.Globalization;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Spawn;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>Servers that end, or get other sockets, while another process or another map takes over.</summary>
public sealed class ServerRestartTests
{
    private const string EndsLate = "$SIG{TERM} = q(IGNORE); $SIG{USR1} = sub { exit 0 }; " + ServerDaemon.Accepts;

    [Theory]
    [InlineData("listen")]
    [InlineData("none")]
    public async Task Server_ThatEndsDuringTheRestart_IsStartedByTheSuccessor(string fds)
    {
        await using var daemon = await StartAsync(fds);
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];
        var restarted = Task.FromResult(0);
        var restart = await HeldRestart.BeginAsync(daemon, () => restarted = daemon.RestartAsync());

        await KillAsync(pid);
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);
        await restart.GoOnAsync();
        await restarted;

        var server = await ServesAsync(daemon, restarts: 1);
        Assert.Equal("killed by signal SIGKILL", server.LastEnd);
        await daemon.AskedAsync("stop", "it");
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == $"{server.Pid}");
        Assert.Equal(2, daemon.Events.Count(found => found.Name == "ChildStarted"));
        Assert.False(ProcFiles.Lives(server.Pid!.Value));
    }

    [Fact]
    public async Task Server_ThatEndsDuringARestartThatFails_IsStartedAgain()
    {
        await using var daemon = await StartAsync("none", expected: "RestartFailed");
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));
        await KillAsync(pid);
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);

        await KillAsync($"{restart.NewPid}");

        await daemon.WaitForEventAsync("RestartFailed");
        await ServesAsync(daemon, restarts: 1);
    }

    [Fact]
    public async Task Server_OfTheProcessBefore_TellsItsEndAfterARestartThatHasFailed()
    {
        await using var daemon = await StartAsync(
            "none", "$SIG{USR1} = sub { exit 0 }; sleep 600 while 1", "restart = \"failure\"", "RestartFailed");
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, RunningProcess.SIGUSR1), "a handler of USR1");
        await daemon.RestartAsync();
        daemon.Edit(map => map + "nonsense = 1\n");
        Assert.Equal(78, (await daemon.RequestAsync("restart")).Status);

        await daemon.DoAsync("signal", "it", "USR1");

        Assert.Equal("exited with status 0", (await daemon.WaitForEventAsync("ServerOver"))["End"]);
    }

    [Theory]
    [InlineData("reload")]
    [InlineData("restart")]
    public async Task Server_WithOtherSockets_StartsWhenTheOldOneHasEnded(string command)
    {
        await using var daemon = await StartAsync("listen", EndsLate, "[daemon]\ndrain = \"10m\"\n");
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, RunningProcess.SIGUSR1), "a handler of USR1");
        daemon.Edit(map => map.Replace($":{daemon.Port("p")}\"", $":{daemon.Port("q")}\"", StringComparison.Ordinal));

        await (command == "reload" ? daemon.DoAsync(command) : daemon.RestartAsync());

        Assert.Equal("changed", (await daemon.WaitForEventAsync("ServerEnding"))["Reason"]);
        Assert.Equal("ending", (await daemon.StatusAsync()).Sockets[^1].State);
        using var client = await daemon.ConnectAsync("q");
        await daemon.DoAsync("signal", "it", "USR1");
        var next = (await client.ReadToEndAsync()).Split(' ')[0];
        var server = await ServesAsync(daemon, restarts: 1);
        Assert.Equal((next, "exited with status 0"), ($"{server.Pid}", server.LastEnd));
        Assert.Equal(
            ["ChildStarted", "ChildEnded", "ChildStarted"],
            daemon.Events.Select(found => found.Name).Where(name => name is "ChildStarted" or "ChildEnded"));

        // It ignores the signal of a stop.
        await daemon.AskedAsync("stop", "it", "--now");
    }

    [Fact]
    public async Task Server_ThatHasEnded_IsStartedByAMapThatHasItAgain()
    {
        await using var daemon = await StartAsync("none", "exit 1", "restart = \"never\"");
        await daemon.WaitForEventAsync("ServerOver");
        daemon.Edit(map => map.Replace("[services.it]\n", "[services.it]\nenabled = false\n", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        daemon.Edit(map => map.Replace("enabled = false\n", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == "ServerOver") == 2, "the end of the second");
    }

    private static Task<Daemon> StartAsync(
        string fds, string script = ServerDaemon.Accepts, string more = "", string? expected = null) => Daemon.StartAsync($$"""
        [ports]
        "127.0.0.1:%echo%" = "echo" # %q%
        {{(fds == "none" ? "" : "\"127.0.0.1:%p%\" = \"it\"")}}
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{(fds == "none" && script == ServerDaemon.Accepts ? "sleep 600" : script)}}']
        start = "always"
        fds = "{{fds}}"
        {{more}}
        """,
        expected is null ? null : new DaemonSetup { Expected = [expected] });

    private static async Task KillAsync(string pid) => Assert.Equal(0, (await Command.RunAsync("/bin/kill", "-KILL", pid)).Status);

    private static async Task<ServerStatus> ServesAsync(Daemon daemon, long restarts)
    {
        var status = await daemon.StatusAsync(
            status => status.Service("it") is { State: "serving", Server: { Pid: not null } server } && server.Restarts == restarts,
            $"it serves after {restarts} restarts");
        var server = status.Service("it").Server!;
        Assert.True(ProcFiles.Lives(server.Pid!.Value));
        return server;
    }
}
