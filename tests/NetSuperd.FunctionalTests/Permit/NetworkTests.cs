using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>
/// The ceilings of networks: however many addresses one sender has, and however many services, places are left to the others.
/// </summary>
public sealed class NetworkTests
{
    private static readonly string[] Networks = ["198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "2001:db8::/32"];

    [Theory]
    [InlineData("handler = \"echo\"", "203.0.113.{0}", "192.0.2.1", 8)]
    [InlineData("exec = [\"/bin/cat\"]", "203.0.113.{0}", "192.0.2.1", 8)]
    [InlineData("handler = \"echo\"", "2001:db8:1:{0:x}00::1", "2001:db8:2::1", 8)]
    [InlineData("handler = \"echo\"", "2001:db8:1:{0:x}::1", "2001:db8:1:100::1", 4)]
    [InlineData("handler = \"echo\"", "127.0.0.{0}", "192.0.2.1", 8)]
    public async Task OneNetwork_ThatTakesAllItCan_LeavesHalfOfTheService(string service, string from, string other, int most)
    {
        await using var network = await Crowd.InventAsync(Networks);
        await using var daemon = await StartAsync(network, $"[services.it]\n{service}\nmax_connections = 16");
        await using var crowd = await Crowd.ComeAsync(network, daemon.Port("p"), 30, from);

        Assert.Equal(most, crowd.Served);
        var counted = await Counted.UntilAsync(daemon, "it", found => found.Ended("refused") == 30 - most, "the refusals");
        Assert.Equal(
            (30 - most, (long)most, 8L),
            (counted.For("source_limit"), counted.Use("max_per_network").Used, counted.Use("max_per_network").Most));
        await using var another = await Crowd.ComeAsync(network, daemon.Port("p"), 1, other);
        Assert.Equal(1, another.Served);
    }

    [OnWindows]
    [Fact]
    public async Task TwoNetworks_ThatTakeAllTheyCan_LeavePlacesToAThird()
    {
        await using var network = await Crowd.InventAsync(Networks);
        await using var daemon = await StartAsync(network, "[services.it]\nhandler = \"echo\"\nmax_connections = 16");
        await using var one = await Crowd.ComeAsync(network, daemon.Port("p"), 30, "203.0.113.{0}");
        await using var two = await Crowd.ComeAsync(network, daemon.Port("p"), 30, "2001:db8:1:{0:x}00::1");
        await using var three = await Crowd.ComeAsync(network, daemon.Port("p"), 30, "192.0.2.{0}");
        await using var four = await Crowd.ComeAsync(network, daemon.Port("p"), 1, "198.51.100.77");

        Assert.Equal((8, 4, 2, 1), (one.Served, two.Served, three.Served, four.Served));
    }

    [Theory]
    [InlineData("2001:db8:1:{0:x}00::1")]
    [InlineData("127.0.0.{0}")]
    public async Task OneNetwork_AtManyServices_LeavesHalfOfTheDaemon(string from)
    {
        await using var network = await Crowd.InventAsync(Networks);
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            %p% = "it"
            %o% = "other"
            [daemon]
            max_connections = 20
            [services.it]
            handler = "echo"
            [services.other]
            exec = ["/bin/cat"]
            """,
            new DaemonSetup { Through = network.Enter });
        await using var one = await Crowd.ComeAsync(network, daemon.Port("p"), 6, from);
        await using var two = await Crowd.ComeAsync(network, daemon.Port("o"), 30, from);

        Assert.Equal((6, 4), (one.Served, two.Served));
        await using var another = await Crowd.ComeAsync(network, daemon.Port("o"), 1, "192.0.2.1");
        Assert.Equal(1, another.Served);
        Assert.Matches(@"(?m)^max_per_network +- +10 +10$", await daemon.AskedAsync("status"));
        var explained = await daemon.AskedAsync(
            "explain", from.Replace("{0}", "99", StringComparison.Ordinal).Replace("{0:x}", "63", StringComparison.Ordinal),
            $"{daemon.Port("p")}", "--config", daemon.Scratch["map.toml"]);
        Assert.Contains("one network has at most 10 of the 20 connections of the daemon", explained, StringComparison.Ordinal);
        Assert.Contains("now: it would be refused (source_limit)", explained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_ANetworkAtItsCeiling_StaysSo()
    {
        await using var network = await Crowd.InventAsync(Networks);
        await using var daemon = await StartAsync(network, "[services.it]\nhandler = \"echo\"\nmax_connections = 16");
        await using var before = await Crowd.ComeAsync(network, daemon.Port("p"), 6, "203.0.113.{0}");

        await daemon.RestartAsync();
        await Counted.UntilAsync(
            daemon, "it", found => found.Use("max_per_network").Used == 6, "the new process knows the networks of the old one");

        await using var after = await Crowd.ComeAsync(network, daemon.Port("p"), 6, "203.0.113.{0}");
        Assert.Equal((6, 2), (before.Served, after.Served));
    }

    [Fact]
    public async Task MaxPerNetwork_ThatTheMapSays_TakesThePlaceOfHalf()
    {
        await using var network = await Crowd.InventAsync(Networks);
        await using var daemon = await StartAsync(network, "[services.it]\nhandler = \"echo\"\nmax_connections = 16\nmax_per_network = 12");
        await using var one = await Crowd.ComeAsync(network, daemon.Port("p"), 14, "203.0.113.{0}");
        Assert.Equal(12, one.Served);

        daemon.Edit(map => map.Replace("max_per_network = 12", "max_per_network = \"unlimited\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await using var more = await Crowd.ComeAsync(network, daemon.Port("p"), 4, "203.0.113.{0}");
        Assert.Equal(4, more.Served);
    }

    private static Task<Daemon> StartAsync(NetworkNamespace network, string services) =>
        Daemon.StartAsync($"[ports]\n%p% = \"it\"\n{services}\n", new DaemonSetup { Through = network.Enter });
}
