using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The pid file lives as long as the daemon.</summary>
public sealed class DaemonPidFileTests
{
    private const string Map = """
        [ports]
        %echo% = "echo"
        [daemon]
        pid_file = "%dir%/daemon.pid"
        """;

    [Fact]
    public async Task PidFile_OfADaemon_IsWrittenAndRemoved()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        Assert.Equal($"{daemon.Pid}\n", await ReadAsync(daemon));

        Assert.Equal(0, await daemon.StopAsync());
        Assert.False(File.Exists(daemon.Scratch["daemon.pid"]));
    }

    [Fact]
    public async Task PidFile_OfACrash_IsReplaced()
    {
        await using var daemon = await Daemon.StartAsync(
            Map, new DaemonSetup { Prepare = scratch => scratch.Write("daemon.pid", "99999999\n") });

        Assert.Equal($"{daemon.Pid}\n", await ReadAsync(daemon));
    }

    [Fact]
    public async Task PidFile_OfAnotherDaemon_StaysAtTheStop()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        daemon.Scratch.Write("daemon.pid", "1\n");

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("1\n", await ReadAsync(daemon));
    }

    [OnWindows]
    [Theory]
    [InlineData("%dir%/missing/daemon.pid")]
    [InlineData("/")]
    public async Task PidFile_WhereNoneCanBe_IsAnErrorOfTheMap(string path)
    {
        await using var daemon = Daemon.Launch($"""
            [ports]
            %echo% = "echo"
            [daemon]
            pid_file = "{path}"
            """);

        Assert.Equal(78, await daemon.ExitAsync());
        Assert.Contains("map.toml:4:12: error: ", daemon.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PidFile_ThatCannotBeWritten_StopsTheStart()
    {
        await using var daemon = Daemon.Launch("""
            [ports]
            %echo% = "echo"
            [daemon]
            pid_file = "/proc/daemon.pid"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Contains(await daemon.ExitAsync(), (int[])[71, 77]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("077")]
    public async Task PidFileAndLog_WithAnyMask_HaveTheirModes(string umask)
    {
        const UnixFileMode Log = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        await using var daemon = await Daemon.StartAsync(
            Map + "\n[log]\ntarget = \"file\"\nfile = \"daemon.log\"",
            new DaemonSetup { LogFile = "daemon.log", Through = Shell.Through($"umask {umask}") });

        Assert.Equal(Log, File.GetUnixFileMode(daemon.Scratch["daemon.log"]));
        Assert.Equal(Log | UnixFileMode.OtherRead, File.GetUnixFileMode(daemon.Scratch["daemon.pid"]));
    }

    private static Task<string> ReadAsync(Daemon daemon) =>
        File.ReadAllTextAsync(daemon.Scratch["daemon.pid"], TestContext.Current.CancellationToken);
}
