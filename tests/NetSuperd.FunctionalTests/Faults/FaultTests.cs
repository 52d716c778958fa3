using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Faults;

/// <summary>What goes wrong around a daemon: it lives on, and it tells.</summary>
public sealed class FaultTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "%dir%/echo.sock" = "echo"
        "127.0.0.1:%sleep%" = "sleep"

        [services.sleep]
        exec = ["/bin/sleep", "1000"]

        [daemon]
        pid_file = "%dir%/daemon.pid"
        drain = "1s"
        """;

    [Fact]
    public async Task Kill_OfTheDaemon_TheNextStartReplacesWhatItLeft()
    {
        await using var first = await Daemon.StartAsync(Map);
        first.Signal(RunningProcess.SIGKILL);
        await first.ExitAsync();
        Assert.True(File.Exists(first.Scratch["echo.sock"])
            && File.Exists(first.Scratch["control.sock"])
            && File.Exists(first.Scratch["daemon.pid"]));

        await using var again = RunningProcess.Start(
            BuiltTree.Program, ["run", "--config", first.Scratch["map.toml"]], new Dictionary<string, string>(), first.Scratch.Folder);
        await again.Errors.FindAsync(line => line.Contains("Started as process", StringComparison.Ordinal) ? line : null, "the start");
        using var client = await TcpPeer.ConnectUnixAsync(first.Scratch["echo.sock"]);
        Assert.Equal("x", await client.TalkAsync("x"));
        Assert.Equal($"{again.Pid}\n", File.ReadAllText(first.Scratch["daemon.pid"]));
        Assert.NotEmpty(await first.AskedAsync("status"));
        again.Signal(RunningProcess.SIGTERM);
        Assert.Equal(0, await again.ExitAsync());
    }

    [Fact]
    public async Task Kill_OfTheNewProcessDuringARestart_LeavesTheOldOneServing()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["RestartFailed"] });

        // The new process waits for the map, which is a FIFO without a writer.
        File.Delete(daemon.Scratch["map.toml"]);
        await Command.OutputAsync("/usr/bin/mkfifo", daemon.Scratch["map.toml"]);
        var restart = daemon.AskAsync("restart");
        await daemon.WaitForEventAsync("RestartBegun");
        await Deadline.UntilAsync(() => Grandchildren(daemon).Count == 1, "the new process");
        await Command.RunAsync("/bin/kill", "-KILL", $"{Grandchildren(daemon)[0]}");

        var result = await restart;
        Assert.NotEqual(0, result.Status);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
    }

    [Fact]
    public async Task Child_ThatIsStopped_EndsWithTheDaemon()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("sleep");
        var (pid, _) = await ChildAsync(daemon);
        await Command.RunAsync("/bin/kill", "-STOP", $"{pid}");

        Assert.Equal(0, await daemon.StopAsync());
        await daemon.WaitForEventAsync("ChildKilled");
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task Child_BeyondItsMemoryLimit_EndsAndTheDaemonReportsIt()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            %hungry% = "hungry"

            [services.hungry]
            exec = ["/usr/bin/perl", "-e", "$x = 'a' x (1 << 30); print length $x"]
            limits = { as = "256MiB" }
            """);
        using var client = await daemon.ConnectAsync("hungry");
        Assert.Equal("", await client.ReadToEndAsync());

        var (_, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.NotEqual(("exited", "with status 0"), (end["End"], end["Detail"]));
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"].Contains("memory", StringComparison.OrdinalIgnoreCase));
        using var other = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await other.TalkAsync("x"));
    }

    [Fact]
    public async Task PluginFolder_ReplacedWhileInUse_ChangesNothingBeforeTheReload()
    {
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"127.0.0.1:%custom%\" = \"custom\"\n[daemon]\nplugins = \"%dir%/plugins\"\n", new DaemonSetup
            {
                Prepare = scratch => scratch.Copy(Path.Combine(BuiltTree.Folder, "plugins"), "plugins"),
            });
        using var old = await daemon.ConnectAsync("custom");
        Assert.Equal("a", await old.TalkAsync("a"));
        var assembly = daemon.Scratch["plugins/custom/custom.dll"];
        var bytes = File.ReadAllBytes(assembly);

        // Written in place, as a careless copy does: mapped, it would end the daemon.
        File.WriteAllBytes(assembly, [.. bytes, 0]);
        Assert.Equal("b", await old.TalkAsync("b"));
        Assert.Contains("plugins.custom", await daemon.AskedAsync("reload", "--dry-run"), StringComparison.Ordinal);
        await daemon.DoAsync("reload");

        using var fresh = await daemon.ConnectAsync("custom");
        Assert.Equal("c", await fresh.TalkAsync("c"));
        Assert.Equal("d", await old.TalkAsync("d"));
    }

    private static List<int> Grandchildren(Daemon daemon) =>
        [.. ProcFiles.Children(daemon.Pid).SelectMany(child => ProcFiles.Children(child.Pid)).Select(child => child.Pid)];

    private static async Task<(int Pid, char State)> ChildAsync(Daemon daemon)
    {
        await Deadline.UntilAsync(() => ProcFiles.Children(daemon.Pid).Count == 1, "a child");
        return ProcFiles.Children(daemon.Pid)[0];
    }
}
