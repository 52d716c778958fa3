using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary><c>systemctl reload</c>: the new map is served when it returns, or it fails and the old map stays in force.</summary>
[Collection("systemd")]
public sealed class SystemdReloadTests(SystemdMachine machine)
{
    [Fact]
    public async Task Reload_AnotherMapUnderLoad_ServesItAndLosesNoConnection()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, "[ports]\n7 = \"echo\"\n9 = \"discard\"");
        await using var client = await daemon.ConnectAsync("TCP4:127.0.0.1:7");
        await using var load = await LoadClients.StartAsync(machine, "7");
        var pid = await daemon.ShowAsync("MainPID");

        daemon.WriteMap("[ports]\n7 = \"echo\"\n2005 = \"custom\"");
        await daemon.ReloadAsync();

        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
        Assert.DoesNotContain(machine.Listeners(), socket => socket.Key.EndsWith(":0009", StringComparison.Ordinal));
        (await load.StopAsync()).AssertNothingLost();
        await InstalledDaemon.EchoAsync(client, "second");
        Assert.Equal((pid, "active"), (await daemon.ShowAsync("MainPID"), await daemon.ShowAsync("ActiveState")));
    }

    [Fact]
    public async Task Reload_WrongMapUnderLoad_FailsAndTheOldMapStaysInForce()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, "[ports]\n7 = \"echo\"", "ReloadRefused");
        await using var load = await LoadClients.StartAsync(machine, "7");

        daemon.WriteMap("[ports]\n7 = \"echo\"\n2005 = \"costum\"");
        var reload = await daemon.SystemctlAsync("reload");

        Assert.NotEqual(0, reload.Status);
        await daemon.Journal.FindAsync(
            line => line.Contains("/etc/netsuperd/netsuperd.toml:3:", StringComparison.Ordinal) ? line : null, "where it is wrong");
        Assert.Equal(("active", "running"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("SubState")));
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        (await load.StopAsync()).AssertNothingLost();

        // And nothing is left of it when the map is right again.
        daemon.WriteMap("[ports]\n7 = \"echo\"\n2005 = \"custom\"");
        await daemon.ReloadAsync();
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
    }

    [Fact]
    public async Task Reload_ByHangup_IsOverForSystemdToo()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, "[ports]\n7 = \"echo\"");

        daemon.WriteMap("[ports]\n7 = \"echo\"\n2005 = \"custom\"");
        await daemon.SignalAsync("HUP");

        await daemon.WaitForEventAsync("Reloaded");
        await daemon.UntilAsync("SubState", state => state == "running");
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
    }

    [Fact]
    public async Task Reload_ControlSocketElsewhere_FindsTheDaemon()
    {
        const string Control = "[daemon]\ncontrol = \"/run/netsuperd/other.sock\"\ndrain = \"2s\"\n";
        await using var daemon = await InstalledDaemon.StartAsync(machine, Control + "[ports]\n7 = \"echo\"");

        daemon.WriteMap(Control + "[ports]\n2005 = \"custom\"");
        await daemon.ReloadAsync();

        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
    }
}
