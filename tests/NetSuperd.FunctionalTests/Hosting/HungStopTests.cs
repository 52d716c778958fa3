using System.Globalization;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Plugins;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The daemon stops whatever hangs, and whatever the system has no more of.</summary>
public sealed class HungStopTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private const int SIGQUIT = 3;

    // The second signal ends the process within five seconds, on a machine that is busy as well.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private const string Sleeper = """
        [services.sleep]
        exec = ["/bin/sleep", "1000"]
        """;

    [Fact]
    public async Task Term_WhileAReloadHangs_StopsInOrder()
    {
        await using var daemon = await StartAsync("", "\"127.0.0.1:%sleep%\" = \"sleep\"");
        using var client = await daemon.ConnectAsync("sleep");
        await HangAsync(daemon, () => daemon.Signal(RunningProcess.SIGHUP));

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync());
        Assert.Equal("killed", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
        await daemon.WaitForEventAsync("Stopped");
        await daemon.WaitForEventAsync("ReloadGivenUp");
        Assert.False(File.Exists(daemon.Scratch["control.sock"]));
    }

    [Fact]
    public async Task Term_WhileADryRunHangs_LogsNoReload()
    {
        await using var daemon = await StartAsync("", "\"127.0.0.1:%echo%\" = \"echo\"");
        Task<CommandResult>? asked = null;
        await HangAsync(daemon, () => asked = Netsuperd.RunAsync("reload", "--dry-run", "--control", daemon.Scratch["control.sock"]));

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync());
        await daemon.WaitForEventAsync("Stopped");
        Assert.NotEqual(0, (await asked!).Status);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ReloadGivenUp");
    }

    [Fact]
    public async Task Stop_ByCommandWhileAReloadHangs_StopsInOrder()
    {
        await using var daemon = await StartAsync("", "\"127.0.0.1:%echo%\" = \"echo\"");
        await HangAsync(daemon, () => daemon.Signal(RunningProcess.SIGHUP));

        await daemon.AskedAsync("stop");

        Assert.Equal(0, await daemon.ExitAsync());
        await daemon.WaitForEventAsync("Stopped");
    }

    [Fact]
    public async Task Term_WhileTheStartHangs_Ends()
    {
        await using var daemon = Daemon.Launch(Map("", "\"127.0.0.1:%p%\" = \"never-made\""));
        await Deadline.UntilAsync(() => ProcFiles.Catches(daemon.Pid, RunningProcess.SIGUSR2), "signals registered");

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync(Limit));
    }

    [Theory]
    [InlineData("never-stopped", false, RunningProcess.SIGTERM)]
    [InlineData("never-stopped", true, RunningProcess.SIGINT, SIGQUIT)]
    [InlineData("never-disposed", true, RunningProcess.SIGINT)]
    public async Task SecondSignal_WhileTheStopHangs_KillsTheChildrenAndEnds(string handler, bool isCut, params int[] signals)
    {
        await using var daemon = await StartAsync("60s", $"\"127.0.0.1:%p%\" = \"{handler}\"\n\"127.0.0.1:%sleep%\" = \"sleep\"");
        using var client = await daemon.ConnectAsync("sleep");
        var child = (int)(await daemon.WaitForEventAsync("ChildStarted")).Number("Pid");
        using var stuck = await daemon.ConnectAsync("p");
        _ = handler == "never-stopped" ? await stuck.ReceiveAsync(5) : [];
        daemon.Signal(RunningProcess.SIGTERM);
        await daemon.WaitForEventAsync("Stopping");

        foreach (var signal in signals)
        {
            daemon.Signal(signal);
        }

        Assert.Equal(0, await daemon.ExitAsync(Limit));
        await Deadline.UntilAsync(() => !ProcFiles.Lives(child), "the end of the child");
        Assert.False(File.Exists(daemon.Scratch["control.sock"]));

        // A handler that is only not stopped is left behind after its grace; the third signal does not wait for that.
        if (isCut)
        {
            await daemon.WaitForEventAsync("StopCutShort");
        }
    }

    [Theory]
    [InlineData(RunningProcess.SIGTERM)]
    [InlineData(RunningProcess.SIGINT)]
    [InlineData(SIGQUIT)]
    public async Task Stop_WithoutADescriptor_IsInOrder(int signal)
    {
        await using var daemon = await StartAsync("", "\"127.0.0.1:%sleep%\" = \"sleep\"");
        using var client = await daemon.ConnectAsync("sleep");
        await daemon.WaitForEventAsync("ChildStarted");
        await Command.OutputAsync(
            "/usr/bin/prlimit", "--pid", $"{daemon.Pid}",
            string.Create(CultureInfo.InvariantCulture, $"--nofile={ProcFiles.Descriptors(daemon.Pid)}:4096"));

        Assert.Equal(0, await daemon.StopAsync(signal));
        await daemon.WaitForEventAsync("Stopped");
        Assert.Equal("killed", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
        Assert.False(File.Exists(daemon.Scratch["control.sock"]) || File.Exists(daemon.Scratch["daemon.pid"]));
    }

    [Theory]
    [InlineData(RunningProcess.SIGTERM)]
    [InlineData(RunningProcess.SIGINT)]
    public async Task Stop_WithoutAThread_IsInOrder(int signal)
    {
        Privilege.Require("a user without processes of its own");

        // No other user of the machine has this id; root is not limited.
        string[] become = ["setpriv", "--reuid=64988", "--regid=64988", "--clear-groups"];
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"127.0.0.1:%echo%\" = \"echo\"\n[daemon]\ndrain = \"2s\"\n[log]\nformat = \"json\"\n[defaults]\n"
            + "max_connections = 10\n",
            new DaemonSetup
            {
                Through = become,
                Prepare = scratch => File.SetUnixFileMode(
                    scratch.Folder, File.GetUnixFileMode(scratch.Folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute),
            });
        await Command.OutputAsync(become[0], [.. become[1..], "/usr/bin/prlimit", "--pid", $"{daemon.Pid}", "--nproc=1:1"]);

        Assert.Equal(0, await daemon.StopAsync(signal));
        await daemon.WaitForEventAsync("Stopped");
    }

    /// <summary>Begins a reload that does not end.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="reload">Asks for it.</param>
    private static async Task HangAsync(Daemon daemon, Action reload)
    {
        daemon.Edit(map => map.Replace(
            "[ports]\n", $"[ports]\n\"{daemon.Scratch["never.sock"]}\" = \"never-made\"\n", StringComparison.Ordinal));
        var threads = ProcFiles.Threads(daemon.Pid);
        reload();
        await Deadline.UntilAsync(() => ProcFiles.Threads(daemon.Pid) > threads, "the thread of the load");
    }

    private Task<Daemon> StartAsync(string drain, string ports) =>
        Daemon.StartAsync(Map(drain, ports), new DaemonSetup { Expected = ["HandlerFailed"] });

    private string Map(string drain, string ports) => $"""
        [ports]
        {ports}
        {(ports.Contains("\"sleep\"", StringComparison.Ordinal) ? Sleeper : "")}
        [daemon]
        plugins = "{plugins.Folder}"
        drain = "{(drain.Length > 0 ? drain : "2s")}"
        pid_file = "%dir%/daemon.pid"
        """;
}
