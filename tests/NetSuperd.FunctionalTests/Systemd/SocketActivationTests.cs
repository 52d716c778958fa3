using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>Sockets that a unit of systemd has bound: the daemon takes those that the map names, by address or by name.</summary>
[Collection("systemd")]
public sealed class SocketActivationTests(SystemdMachine machine)
{
    // What a child says that it has and knows. Its third descriptor is the one with which ls reads the folder.
    private const string Child = """

        [services.child]
        exec = ["/bin/sh", "-c", "ls /proc/self/fd | tr '\\n' ' '; env | grep -c -e LISTEN -e NOTIFY -e WATCHDOG"]
        user = "root"
        """;

    [Fact]
    public async Task Sockets_OfTheMapsAddresses_AreAdopted()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, """
            [ports]
            7 = "echo"
            "/run/activated.sock" = "custom"
            2005 = "child"
            """ + Child);
        await daemon.StartUnitAsync("netsuperd.socket", "[Socket]\nListenStream=7\nListenStream=/run/activated.sock\nSocketMode=0600\n");
        var before = machine.Listeners();

        // The first client starts the daemon.
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        using var client = await TcpPeer.ConnectUnixAsync(machine.PathOf("/run/activated.sock"));
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        await daemon.WaitForEventAsync("SocketAdopted", 2);
        await AssertInheritsNothingAsync(2005);
        AssertSame(before);
        await daemon.RestartAsync();
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        AssertSame(before);
        await daemon.WaitForEventAsync("Started", 2);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "SocketUnclaimed");

        // systemd's own are systemd's: they stay when the daemon stops.
        Assert.Equal(0, (await daemon.SystemctlAsync("stop")).Status);
        Assert.True(File.Exists(machine.PathOf("/run/activated.sock")));
        AssertSame(before);
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
    }

    [Fact]
    public async Task Socket_OfAPortsName_IsAdopted()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, """
            [ports]
            2005 = { service = "child", name = "inside" }
            """ + Child);
        await daemon.StartUnitAsync(
            "inside.socket", "[Socket]\nListenStream=127.0.0.1:2105\nFileDescriptorName=inside\nService=netsuperd.service\n");

        await AssertInheritsNothingAsync(2105);

        await daemon.WaitForEventAsync("SocketAdopted");
        await daemon.WaitForEventAsync("Started");
        Assert.DoesNotContain(daemon.Events, found => found.Name == "SocketUnclaimed");
    }

    [Fact]
    public async Task Socket_ThatTheMapDoesNotName_IsReportedAndNotServed()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, "[ports]\n7 = \"echo\"");
        await daemon.StartUnitAsync("netsuperd.socket", "[Socket]\nListenStream=127.0.0.1:2105\n");

        await daemon.StartAsync();

        await daemon.WaitForEventAsync("SocketUnclaimed");
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
    }

    private async Task AssertInheritsNothingAsync(int port) =>
        Assert.Equal("0 1 2 3 0", await machine.HearAsync(port));

    private void AssertSame(ILookup<string, string> before) =>
        Assert.All(before, socket => Assert.Equal(socket, machine.Listeners()[socket.Key]));
}
