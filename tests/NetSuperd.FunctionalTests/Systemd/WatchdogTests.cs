using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>A daemon that hangs is ended and started again; one that is only busy is not.</summary>
[Collection("systemd")]
public sealed class WatchdogTests(SystemdMachine machine)
{
    [Fact]
    public async Task Daemon_ThatHangs_IsStartedAgain()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, "[ports]\n7 = \"echo\"", InstalledDaemon.Killed);
        await daemon.AddDropInAsync("WatchdogSec=5");
        await daemon.StartAsync();

        (await LoadClients.RunAsync(machine, "7", 6)).AssertNothingLost();
        Assert.Equal("0", await daemon.ShowAsync("NRestarts"));

        await daemon.SignalAsync("STOP");

        await daemon.Journal.FindAsync(line => line.Contains("Watchdog timeout", StringComparison.Ordinal) ? line : null, "the watchdog");
        await daemon.WaitForEventAsync("Started", 2);
        await daemon.UntilAsync("SubState", state => state == "running");
        Assert.Equal("1", await daemon.ShowAsync("NRestarts"));
        await daemon.Journal.FindAsync(line => line.Contains("result 'watchdog'", StringComparison.Ordinal) ? line : null, "its result");
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
    }
}
