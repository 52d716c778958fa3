using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>USR1 opens a renamed log file anew.</summary>
public sealed class LogRotationTests
{
    private const int Each = 100;

    [Fact]
    public async Task Usr1_WhileConnectionsCome_LosesNoLine()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            [log]
            target = "file"
            file = "daemon.log"
            format = "json"
            """, new DaemonSetup { LogFile = "daemon.log" });
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

    private static async Task ConnectAsync(Daemon daemon)
    {
        for (var i = 0; i < Each; i++)
        {
            using var client = await daemon.ConnectAsync("echo");
            await client.ExchangeAsync("TEST");
        }
    }

    private static int Ended(string file) => File.ReadAllLines(file).Select(LogEvent.Parse).Count(found => found!.Name == "ConnectionEnded");
}
