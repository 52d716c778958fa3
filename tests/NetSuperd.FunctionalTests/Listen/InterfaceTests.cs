using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>Addresses and interfaces come late, go, and come back: the state stays true, and no restart is needed.</summary>
public sealed class InterfaceTests
{
    private const string LinkLocal = """
        [ports]
        7 = "echo"
        "[fe80::1%wg9]:7001" = "inside"
        [services.inside]
        handler = "echo"
        [daemon]
        drain = "2s"
        on_unavailable = "skip"
        """;

    [Fact]
    public async Task Interface_ThatIsAbsent_FailsItsServiceAloneUntilItComes()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await StartAsync(network, LinkLocal);

        var failed = await daemon.WaitForEventAsync("BindFailed");
        Assert.Contains("[fe80::1%wg9]:7001", failed["Reason"], StringComparison.Ordinal);
        Assert.Contains("no network interface 'wg9'", failed["Reason"], StringComparison.Ordinal);
        await daemon.UntilAsync("echo", "serving");
        await daemon.UntilAsync("inside", "failed");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("127.0.0.1", "TEST")).Output);

        await AddAsync(network);
        await daemon.WaitForEventAsync("BindRecovered");
        await daemon.UntilAsync("inside", "serving");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("fe80::1%wg9", "TEST", "7001")).Output);
    }

    [Fact]
    public async Task Interface_ThatIsAbsent_StopsAStartThatRefusesAndIsNamed()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = Daemon.Launch(
            LinkLocal.Replace("\"skip\"", "\"refuse\"", StringComparison.Ordinal),
            new DaemonSetup { Through = network.Enter, Expected = ["StartFailed"] });

        Assert.Equal(71, await daemon.ExitAsync());
        Assert.Contains("no network interface 'wg9'", (await daemon.WaitForEventAsync("StartFailed"))["Reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interface_ThatIsMadeAgain_IsServedAgainAndNamedEverywhere()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await AddAsync(network);
        await using var daemon = await StartAsync(network, LinkLocal);
        Assert.Equal("Received: TEST\n", (await network.SendAsync("fe80::1%wg9", "TEST", "7001")).Output);
        var record = await daemon.WaitForEventAsync("ConnectionStarted", found => found["Service"] == "inside");
        Assert.StartsWith("[fe80::1%wg9]:", record["Peer"], StringComparison.Ordinal);
        Assert.Equal("[fe80::1%wg9]:7001", record["Local"]);

        // Its end is told by the name as well, as long as the interface is there.
        await daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "inside");

        // Both in one moment: no look in between sees it absent.
        Assert.Equal(0, (await network.RunAsync("sh", "-c", $"ip link del wg9 && {Add}")).Status);

        var state = await StateAsync(daemon, "inside");
        var asked = DateTimeOffset.UtcNow;
        var recovered = await daemon.WaitForEventAsync("BindRecovered");
        Assert.True(state == "failed" || recovered.Time <= asked, $"{state} before it was");
        await daemon.UntilAsync("inside", "serving");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("fe80::1%wg9", "TEST", "7001")).Output);
        Assert.Contains("[fe80::1%wg9]:7001", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        Assert.DoesNotMatch("fe80::1%[0-9]", daemon.Log.Text);
    }

    [Fact]
    public async Task Interface_ThatIsMadeAgain_IsServedImmediatelyAfterAReload()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await AddAsync(network);
        await using var daemon = await StartAsync(network, LinkLocal);
        Assert.Equal(0, (await network.RunAsync("sh", "-c", $"ip link del wg9 && {Add}")).Status);

        await daemon.DoAsync("reload");

        await daemon.UntilAsync("inside", "serving");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("fe80::1%wg9", "TEST", "7001")).Output);
    }

    [Fact]
    public async Task Address_ThatIsRemovedAndAddedAgain_FailsUntilThenAndKeepsItsSocket()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        Assert.Equal(0, (await network.RunAsync("ip", "address", "add", "192.0.2.7/32", "dev", "lo")).Status);
        await using var daemon = await StartAsync(network, """
            [ports]
            7 = "echo"
            "192.0.2.7:9" = "inside"
            [services.inside]
            handler = "echo"
            """);
        await daemon.UntilAsync("inside", "serving");

        Assert.Equal(0, (await network.RunAsync("ip", "address", "del", "192.0.2.7/32", "dev", "lo")).Status);
        await daemon.UntilAsync("echo", "serving");
        await daemon.UntilAsync("inside", "failed");
        await daemon.DoAsync("reload");
        await daemon.UntilAsync("inside", "failed");

        Assert.Equal(0, (await network.RunAsync("ip", "address", "add", "192.0.2.7/32", "dev", "lo")).Status);
        await daemon.UntilAsync("inside", "serving");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("192.0.2.7", "TEST", "9")).Output);
        Assert.Equal(0, await daemon.StopAsync());
        Assert.Single(daemon.Events, found => found.Name == "BindFailed");
    }

    [Fact]
    public async Task Restart_ALinkLocalSocket_IsTakenOverByItsName()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await AddAsync(network);
        await using var daemon = await StartAsync(network, LinkLocal);

        await daemon.RestartAsync();

        await daemon.WaitForEventAsync("SocketAdopted", found => found["Local"] == "[fe80::1%wg9]:7001");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("fe80::1%wg9", "TEST", "7001")).Output);
    }

    [Fact]
    public async Task Explain_ALinkLocalSocket_IsFoundByItsName()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", LinkLocal);

        var result = await Netsuperd.RunAsync("explain", "fe80::5%wg9", "[fe80::1%wg9]:7001", "--config", map);
        var check = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Contains("service: inside", result.Output, StringComparison.Ordinal);
        Assert.Contains("[fe80::1%wg9]:7001/tcp", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, check.Status);
        Assert.Contains("map.toml:3:1: warning: this host has no network interface 'wg9'", check.Errors, StringComparison.Ordinal);
    }

    private const string Add =
        "ip link add wg9 type veth peer name wg9p && ip link set wg9p up && ip link set wg9 up && ip address add fe80::1/64 dev wg9 nodad";

    private static async Task AddAsync(NetworkNamespace network)
    {
        var made = await network.RunAsync("sh", "-c", Add);
        Assert.True(made.Status == 0, made.Errors);
    }

    private static Task<Daemon> StartAsync(NetworkNamespace network, string map) =>
        Daemon.StartAsync(map, new DaemonSetup { Through = network.Enter, Expected = ["BindFailed"] });

    private static async Task<string?> StateAsync(Daemon daemon, string service) =>
        (await daemon.StatusAsync()).Service(service).State;
}
