using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>What arrives between the beginning of a restart and its end is not lost, and no process is left behind.</summary>
public sealed class InterruptedRestartTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "%dir%/echo.sock" = "echo"

        [daemon]
        pid_file = "%dir%/daemon.pid"
        drain = "2s"
        """;

    private static readonly string[] Files = ["control.sock", "daemon.pid", "echo.sock"];

    [Fact]
    public async Task Kill_OfTheOldProcess_TheNewOneServes()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));
        daemon.Signal(RunningProcess.SIGKILL);
        await Deadline.UntilAsync(() => daemon.HasExited, "the end of the old process");
        await restart.GoOnAsync();

        await daemon.WaitForEventAsync("Started", found => found.Number("Pid") == restart.NewPid);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        Assert.Equal(restart.NewPid, (await daemon.StatusAsync()).Pid);
        Assert.Equal($"{restart.NewPid}\n", File.ReadAllText(daemon.Scratch["daemon.pid"]));
        await daemon.StopAllAsync();
        Assert.Empty(Left(daemon));
    }

    [Fact]
    public async Task Term_ToTheOldProcess_EndsBoth()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var result = Task.FromResult(new CommandResult(0, "", ""));
        var restart = await HeldRestart.BeginAsync(daemon, () => result = daemon.AskAsync("restart"));
        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync());
        Assert.Equal(71, (await result).Status);
        Assert.False(ProcFiles.Lives(restart.NewPid));
        Assert.Empty(Left(daemon));
        Assert.Contains("RestartGivenUp", daemon.Events.Select(found => found.Name));
        Assert.DoesNotContain("report it", daemon.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RestartBegun", 1)]
    [InlineData("SocketAdopted", 1)]
    [InlineData("Started", 2)]
    public async Task Stop_AtAnyMoment_EndsBoth(string moment, int count)
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        using var control = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        daemon.Signal(RunningProcess.SIGUSR2);
        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == moment) >= count, moment);

        var answer = await AskAsync(control, "{\"v\":1,\"command\":\"stop\"}");

        Assert.Equal(0, answer.Status);
        Assert.Equal("", await client.ReadToEndAsync());
        client.Dispose();
        await Deadline.UntilAsync(() => !ProcFiles.Lives(answer.Pid!.Value), "the end of the last process");
        Assert.All(
            daemon.Events.Where(found => found.Name == "Started"), started => Assert.False(ProcFiles.Lives((int)started.Number("Pid"))));
        Assert.Empty(Left(daemon));
        Assert.Equal(0, await daemon.ExitAsync());
    }

    [Fact]
    public async Task Pause_WaitsAndSaysThatAnotherProcessServes()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var control = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));

        var answered = AskAsync(control, "{\"v\":1,\"command\":\"pause\",\"service\":\"echo\"}");
        await restart.GoOnAsync();
        var answer = await answered;

        Assert.Equal(71, answer.Status);
        Assert.Contains("try again", answer.Messages[0], StringComparison.Ordinal);
        await daemon.DoAsync("pause", "echo");
        Assert.Equal("paused", (await daemon.StatusAsync()).Sockets[0].State);
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Reopen_WaitsAndSaysThatAnotherProcessServes()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var control = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));

        var answered = AskAsync(control, "{\"v\":1,\"command\":\"reopen\"}");
        await restart.GoOnAsync();
        var answer = await answered;

        Assert.Equal(71, answer.Status);
        Assert.Contains("try again", answer.Messages[0], StringComparison.Ordinal);
        await daemon.DoAsync("reopen");
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Pause_WhereTheRestartFails_Holds()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["RestartFailed"] });
        using var control = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));

        var answered = AskAsync(control, "{\"v\":1,\"command\":\"pause\",\"service\":\"echo\"}");
        await Command.RunAsync("/bin/kill", "-KILL", $"{restart.NewPid}");

        Assert.Equal(0, (await answered).Status);
        Assert.Equal("paused", (await daemon.StatusAsync()).Sockets[0].State);
    }

    [Fact]
    public async Task Hup_IsDoneByTheNewProcess()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));
        daemon.Signal(RunningProcess.SIGHUP);
        daemon.Signal(RunningProcess.SIGUSR2);
        await restart.GoOnAsync(map => map.Replace("drain = \"2s\"", "drain = \"3s\"", StringComparison.Ordinal));

        Assert.Equal(restart.NewPid, (await daemon.WaitForEventAsync("SignalPassedOn")).Number("NewPid"));
        Assert.Equal(1, (await daemon.WaitForEventAsync("Reloaded")).Number("Changes"));
        await daemon.WaitForEventAsync("SignalIgnored", found => found["Signal"] == "USR2");
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Hup_ToAProcessThatWasReplaced_IsIgnoredWithAWord()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        var fresh = await daemon.RestartAsync();

        daemon.Signal(RunningProcess.SIGHUP);

        var ignored = await daemon.WaitForEventAsync("SignalIgnored");
        Assert.Equal("HUP", ignored["Signal"]);
        Assert.Contains($"{fresh}", ignored["Reason"], StringComparison.Ordinal);
    }

    private static async Task<ControlReply> AskAsync(TcpPeer control, string request)
    {
        await control.SendAsync(request + "\n");
        return StatusJson.Read<ControlReply>(await control.ReadToEndAsync());
    }

    private static IEnumerable<string?> Left(Daemon daemon) => Files.Where(name => Path.Exists(daemon.Scratch[name]));
}
