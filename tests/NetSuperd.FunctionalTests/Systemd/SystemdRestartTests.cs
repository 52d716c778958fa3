using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>Restarts of every kind: systemd keeps the sockets, so that clients wait in the backlog.</summary>
[Collection("systemd")]
public sealed class SystemdRestartTests(SystemdMachine machine)
{
    private const int Restarts = 5;

    private const string Map = """
        [ports]
        7 = "echo"
        "/run/netsuperd/echo.sock" = "echo"
        "/run/echo.sock" = "echo"
        """;

    [Fact]
    public async Task Restart_UnderLoad_LosesNoConnection()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, Map);
        await using var port = await LoadClients.StartAsync(machine, "7");
        await using var beside = await LoadClients.StartAsync(machine, "/run/netsuperd/echo.sock");
        await using var elsewhere = await LoadClients.StartAsync(machine, "/run/echo.sock");

        for (var restart = 1; restart <= Restarts; restart++)
        {
            await daemon.RestartAsync();
        }

        (await port.StopAsync()).AssertNothingLost();
        (await beside.StopAsync()).AssertNothingLost();
        (await elsewhere.StopAsync()).AssertNothingLost();
    }

    [Fact]
    public async Task Restart_WithAnotherMap_KeepsWhatIsInItAndClosesTheRest()
    {
        await using var daemon = await InstalledDaemon.StartAsync(
            machine, "[ports]\n7 = \"echo\"\n9 = \"discard\"\n\"/run/gone.sock\" = \"echo\"");
        var before = machine.Listeners();

        daemon.WriteMap("[ports]\n7 = \"echo\"\n2005 = \"custom\"");
        await daemon.RestartAsync();

        // systemd gives up its copies one by one.
        await Deadline.UntilAsync(() => machine.Listeners().Count == 4, "two ports");
        var after = machine.Listeners();
        Assert.Equal(2, after.Count(socket => before.Contains(socket.Key)));
        Assert.All(after.Where(socket => before.Contains(socket.Key)), socket => Assert.Equal(before[socket.Key], socket));
        Assert.False(File.Exists(machine.PathOf("/run/gone.sock")));
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
    }

    [Fact]
    public async Task Restart_OfAThousandPorts_KeepsEverySocket()
    {
        const int Ports = 1000;
        await using var daemon = await InstalledDaemon.StartAsync(
            machine, "[ports]\n" + string.Join('\n', Enumerable.Range(3001, Ports).Select(port => $"{port} = \"echo\"")));
        var before = machine.Listeners();
        Assert.Equal(2 * Ports, before.Count);

        await daemon.RestartAsync();

        Assert.Equal(before.SelectMany(socket => socket).Order(), machine.Listeners().SelectMany(socket => socket).Order());
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 4000));
    }

    [Fact]
    public async Task Kill_OfTheDaemonUnderLoad_StartsItAgainAndRefusesNoClient()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, Map);
        await using var load = await LoadClients.StartAsync(machine, "7");

        await daemon.SignalAsync("KILL");

        await daemon.WaitForEventAsync("Started", 2);
        await daemon.UntilAsync("SubState", state => state == "running");
        Assert.Equal("1", await daemon.ShowAsync("NRestarts"));
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        // The clients that it had accepted are lost with it, and no others.
        var result = await load.StopAsync();
        Assert.Equal((0, 0, 0, 0), (result.Refused, result.TimedOut, result.Wrong, result.Failed));
    }

    [Fact]
    public async Task Reload_ThatReplacesASocket_ReplacesTheOneThatSystemdKeeps()
    {
        const string Udp = "UDP4:127.0.0.1:7";
        await using var daemon = await InstalledDaemon.StartAsync(machine, Waiting("127.0.0.2"), InstalledDaemon.Killed);
        await using (await daemon.ConnectAsync(Udp))
        {
            daemon.WriteMap(Waiting("127.0.0.3"));
            await daemon.ReloadAsync();
        }

        await daemon.WaitForEventAsync("FilterChanged");
        await daemon.WaitForEventAsync("BindRecovered");
        await using (await daemon.ConnectAsync(Udp))
        {
            // A second later systemd has the new socket.
            await daemon.WaitForEventAsync("StoredSockets", 2);
        }

        await daemon.SignalAsync("KILL");
        await daemon.WaitForEventAsync("Started", 2);
        await daemon.UntilAsync("SubState", state => state == "running");

        await using var after = await daemon.ConnectAsync(Udp);
        Assert.Single(daemon.Events, found => found.Name == "FilterChanged");

        static string Waiting(string denied) => $$"""
            [log]
            target = "journal"
            format = "json"
            level = "debug"
            [ports]
            "127.0.0.1:7/udp" = "it"
            [services.it]
            exec = ["/usr/bin/perl", "-e", 'open(S, q(+<&=0)); while (1) { $from = recv(S, $_, 100, 0); send(S, $_, 0, $from) }']
            user = "nobody"
            wait = true
            deny = ["{{denied}}"]
            """;
    }

    [Fact]
    public async Task Usr2_UnderLoad_ChangesTheProcessAndLosesNoConnection()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, Map);
        await using var client = await daemon.ConnectAsync("TCP4:127.0.0.1:7");
        await using var port = await LoadClients.StartAsync(machine, "7");
        await using var beside = await LoadClients.StartAsync(machine, "/run/netsuperd/echo.sock");
        var pid = await daemon.ShowAsync("MainPID");

        await daemon.SignalAsync("USR2");
        await daemon.UntilAsync("MainPID", now => now != pid && now != "0");

        Assert.Equal(("active", "0"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("NRestarts")));
        await InstalledDaemon.EchoAsync(client, "second");
        Assert.True(Directory.Exists(machine.PathOf("/proc/" + pid)), "the old process does not linger");
        (await port.StopAsync()).AssertNothingLost();
        (await beside.StopAsync()).AssertNothingLost();

        // The old one ends with its last connection, and the new one is the unit's in every respect.
        client.Input.Close();
        await Deadline.UntilAsync(() => !Directory.Exists(machine.PathOf("/proc/" + pid)), "the end of the old process");
        Assert.Equal("active", await daemon.ShowAsync("ActiveState"));
        daemon.WriteMap(Map + "\n2005 = \"custom\"");
        await daemon.ReloadAsync();
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
        await daemon.RestartAsync();
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
    }

    [Fact]
    public async Task Stop_WhileAnOldProcessLingers_LeavesNeither()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, Map);
        await using var client = await daemon.ConnectAsync("TCP4:127.0.0.1:7");
        var pid = await daemon.ShowAsync("MainPID");
        await daemon.SignalAsync("USR2");
        await daemon.UntilAsync("MainPID", now => now != pid && now != "0");

        Assert.Equal(0, (await daemon.SystemctlAsync("stop")).Status);

        Assert.Equal(("inactive", "success"), (await daemon.ShowAsync("ActiveState"), await daemon.ShowAsync("Result")));
        Assert.False(Directory.Exists(machine.PathOf("/proc/" + pid)));
        Assert.Equal(0, await client.ExitAsync());
    }
}
