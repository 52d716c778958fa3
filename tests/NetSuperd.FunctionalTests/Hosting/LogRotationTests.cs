using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>USR1 reopens a log file that has been renamed.</summary>
public sealed class LogRotationTests
{
    private const int Each = 100;

    [Fact]
    public async Task Usr1_WhileConnectionsCome_LosesNoLine()
    {
        await using var daemon = await StartAsync();
        var file = daemon.Scratch["daemon.log"];
        await ConnectAsync(daemon);
        var traffic = ConnectAsync(daemon);

        File.Move(file, file + ".1");
        daemon.Signal(RunningProcess.SIGUSR1);

        await Deadline.UntilAsync(() => File.Exists(file), "a new log file");
        await traffic;
        await ConnectAsync(daemon);
        Assert.Equal(0, await daemon.StopAsync());

        var (old, fresh) = (Ended(file + ".1"), Ended(file));
        Assert.True(old > 0 && fresh >= Each, $"{old} records in the old file, {fresh} in the new one");
        Assert.Equal(3 * Each, old + fresh);
    }

    [Fact]
    public async Task Usr1_AFolderInItsPlace_KeepsWritingToTheOldFileAndSaysSoOnce()
    {
        await using var daemon = await StartAsync();
        var file = daemon.Scratch["daemon.log"];
        File.Move(file, file + ".1");
        Directory.CreateDirectory(file);
        daemon.Signal(RunningProcess.SIGUSR1);
        await Deadline.UntilAsync(() => Events(file + ".1").Any(found => found.Name == "LogNotReopened"), "LogNotReopened in the old file");
        await ConnectAsync(daemon);
        await Deadline.UntilAsync(() => Ended(file + ".1") == Each, "the records");

        Directory.Delete(file);
        daemon.Signal(RunningProcess.SIGUSR1);
        await Deadline.UntilAsync(
            () => File.Exists(file) && Events(file).Any(found => found.Name == "LogReopened"), "LogReopened in the new file");
        Assert.Equal(0, await daemon.StopAsync());

        var old = Events(file + ".1");
        Assert.Equal(["Warning"], old.Where(found => found.Name == "LogNotReopened").Select(found => found.Level));
        Assert.Equal(["Information"], Events(file).Where(found => found.Name == "LogReopened").Select(found => found.Level));
        Assert.DoesNotContain(old.Concat(Events(file)), found => found.Name == "");
    }

    [Fact]
    public async Task File_CutWhileItIsWritten_ContinuesAtItsNewEnd()
    {
        await using var daemon = await StartAsync();
        var file = daemon.Scratch["daemon.log"];
        await ConnectAsync(daemon);
        await Deadline.UntilAsync(() => Ended(file) == Each, "the records");

        // As logrotate's copytruncate does.
        File.WriteAllText(file, "");
        await ConnectAsync(daemon);
        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal(Each, Ended(file));
    }

    private static Task<Daemon> StartAsync() => Daemon.StartAsync("""
        [ports]
        %echo% = "echo"
        [log]
        target = "file"
        file = "daemon.log"
        format = "json"
        """, new DaemonSetup { LogFile = "daemon.log" });

    private static async Task ConnectAsync(Daemon daemon)
    {
        for (var i = 0; i < Each; i++)
        {
            using var client = await daemon.ConnectAsync("echo");
            await client.ExchangeAsync("TEST");
        }
    }

    private static int Ended(string file) => Events(file).Count(found => found.Name == "ConnectionEnded");

    // Up to the last whole line: the daemon may be writing.
    private static List<LogEvent> Events(string file) =>
        [.. File.ReadAllText(file).Split('\n')[..^1].Select(line => LogEvent.Parse(line) ?? throw new FormatException(line))];
}
