using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary><c>systemctl start</c>: it returns when every socket is bound, or says why not.</summary>
[Collection("systemd")]
public sealed class SystemdStartTests(SystemdMachine machine)
{
    [Fact]
    public async Task Start_Returned_EverySocketIsBoundAndTheStatusSaysWhatIsServed()
    {
        const int First = 3001, Last = 3200;
        var ports = string.Join('\n', Enumerable.Range(First, Last - First + 1).Select(port => $"{port} = \"echo\""));
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, "[ports]\n" + ports);

        // One connection to the last of them, at once.
        var load = await machine.OutputAsync(
            "sh", "-c", $"systemctl start netsuperd.service && exec {machine.Folder}/steady-clients {Last} 1 0.1");

        Assert.StartsWith("{\"opened\":1,\"answered\":1,", load, StringComparison.Ordinal);
        Assert.Equal(2 * (Last - First + 1), machine.Listeners().Count);
        Assert.NotEqual("", await daemon.ShowAsync("StatusText"));
        Assert.Equal("active", await daemon.ShowAsync("ActiveState"));
    }

    [Fact]
    public async Task Start_PortInUse_Is71AndTheJournalNamesTheHolderAndItComesUpWhenThePortIsFree()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, "[ports]\n7 = \"echo\"", "StartFailed", "BindFailed");
        await daemon.StartUnitAsync("holder.service", "[Service]\nExecStart=/usr/bin/ncat -l -k -4 7\n");
        await Deadline.UntilAsync(() => machine.Listeners().Count > 0, "the holder of the port");

        var start = await daemon.SystemctlAsync("start");

        Assert.NotEqual(0, start.Status);
        Assert.Equal("71", await daemon.ShowAsync("ExecMainStatus"));
        await daemon.Journal.FindAsync(
            line => LogEvent.Parse(line) is { Level: "Error" } && line.Contains("ncat", StringComparison.Ordinal) ? line : null,
            "the holder's name");

        await machine.OutputAsync("systemctl", "stop", "holder.service");
        await daemon.UntilAsync("ActiveState", state => state == "active");
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
    }

    [Fact]
    public async Task Start_AnAddressThatComesLate_IsWaitedForHoweverOftenTheStartFails()
    {
        // It may still see that the address goes again.
        await using var daemon = await InstalledDaemon.PrepareAsync(
            machine, "[ports]\n7 = \"echo\"\n\"192.0.2.7:9\" = \"echo\"", "StartFailed", "BindFailed");

        // As many failures as systemd would count in the default limit, and more, in a fraction of the time.
        await daemon.AddDropInAsync("RestartSec=10ms");
        Assert.NotEqual(0, (await daemon.SystemctlAsync("start")).Status);
        for (var failures = 4; failures <= 12; failures += 4)
        {
            await daemon.UntilAsync("NRestarts", count => int.Parse(count, CultureInfo.InvariantCulture) >= failures);
        }

        await machine.OutputAsync("ip", "address", "add", "192.0.2.7/32", "dev", "lo");
        try
        {
            await daemon.UntilAsync("ActiveState", state => state == "active");
            Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        }
        finally
        {
            await machine.OutputAsync("ip", "address", "del", "192.0.2.7/32", "dev", "lo");
        }
    }

    [Fact]
    public async Task Start_WrongMap_Is78AndIsNotTriedAgain()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, "[ports]\n7 = \"ecko\"", "StartFailed");

        var start = await daemon.SystemctlAsync("start");

        Assert.NotEqual(0, start.Status);
        Assert.Equal(("78", "0"), (await daemon.ShowAsync("ExecMainStatus"), await daemon.ShowAsync("NRestarts")));
        Assert.Equal(("failed", "exit-code"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("Result")));
        await daemon.Journal.FindAsync(
            line => line.Contains("/etc/netsuperd/netsuperd.toml:2:", StringComparison.Ordinal) ? line : null, "where it is wrong");
    }
}
