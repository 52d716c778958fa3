using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary><c>systemctl stop</c>: within the drain time, and nothing is left.</summary>
[Collection("systemd")]
public sealed class SystemdStopTests(SystemdMachine machine)
{
    // Says that its trap is set, and then waits.
    private const string Stubborn = """
        [ports]
        2005 = "stubborn"
        [services.stubborn]
        exec = ["/usr/bin/perl", "-e", "$SIG{TERM} = 'IGNORE'; $| = 1; print qq(ready\\n); sleep 1 while 1"]
        user = "nobody"

        """;

    [Fact]
    public async Task Stop_WithConnections_LeavesNothing()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, """
            [ports]
            7 = "echo"
            "/run/netsuperd/echo.sock" = "echo"
            [daemon]
            pid_file = "/run/netsuperd.pid"
            drain = "2s"
            """);
        await using var client = await daemon.ConnectAsync("TCP4:127.0.0.1:7");
        Assert.Equal(await daemon.ShowAsync("MainPID"), File.ReadAllText(machine.PathOf("/run/netsuperd.pid")).Trim());
        Assert.True(File.Exists(machine.PathOf("/run/netsuperd/control.sock")));

        Assert.Equal(0, (await daemon.SystemctlAsync("stop")).Status);

        Assert.Equal(0, await client.ExitAsync());
        Assert.Equal(("inactive", "success"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("Result")));
        Assert.False(Directory.Exists(machine.PathOf(InstalledDaemon.Group)), "processes are left");
        Assert.Empty(machine.Listeners());
        Assert.False(File.Exists(machine.PathOf("/run/netsuperd.pid")));
        Assert.False(Directory.Exists(machine.PathOf("/run/netsuperd")));
    }

    [Fact]
    public async Task Stop_ChildThatIgnoresTerm_EndsAfterTheDrainThoughSystemdWouldWaitForLess()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, Stubborn + "[daemon]\ndrain = \"3s\"");
        await daemon.AddDropInAsync("TimeoutStopSec=2");
        await daemon.StartAsync();
        await using var client = machine.Start("socat", "-", "TCP4:127.0.0.1:2005");
        await client.Output.FindAsync(line => line == "ready" ? line : null, "the child");

        Assert.Equal(0, (await daemon.SystemctlAsync("stop")).Status);

        await daemon.WaitForEventAsync("ChildKilled");
        await daemon.WaitForEventAsync("Stopped");
        Assert.Equal(("inactive", "success"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("Result")));
        Assert.False(Directory.Exists(machine.PathOf(InstalledDaemon.Group)), "processes are left");
    }

    [Fact]
    public async Task Stop_ChildrenThatAreLeft_LiveOnWithTheKillModeForIt()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(
            machine, Stubborn + "[daemon]\ndrain = \"2s\"\ndrain_children = \"leave\"");
        await daemon.AddDropInAsync("KillMode=process");
        await daemon.StartAsync();
        await using var client = machine.Start("socat", "-", "TCP4:127.0.0.1:2005");
        await client.Output.FindAsync(line => line == "ready" ? line : null, "the child");
        var child = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];

        Assert.Equal(0, (await daemon.SystemctlAsync("stop")).Status);

        Assert.Equal(("inactive", "success"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("Result")));
        Assert.True(Directory.Exists(machine.PathOf("/proc/" + child)));
        Assert.Empty(machine.Listeners());
        await machine.OutputAsync("kill", "-KILL", child);
    }
}
