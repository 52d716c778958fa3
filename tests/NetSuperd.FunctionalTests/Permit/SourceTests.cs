using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>max_per_source</c>: what one has taken is no other's loss.</summary>
[OnWindows]
public sealed class SourceTests
{
    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task MaxPerSource_OfOneSource_LeavesTheOthersAlone(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, $"max_per_source = 3\nbanner_refused = \"{ClientGroup.Banner}\"");

        using var one = await it.ComeAsync(10, "127.0.0.1");
        using var two = await it.ComeAsync(10, "127.0.0.2");
        using var three = await it.ComeAsync(2, "127.0.0.3");

        Assert.Equal((3, 7), (one.Served.Count, one.Refused));
        Assert.Equal((3, 7), (two.Served.Count, two.Refused));
        Assert.Equal((2, 0), (three.Served.Count, three.Refused));
        var counted = await it.RefusedAsync(14, "source_limit");
        Assert.Equal((8, (3L, 3L)), (counted.Live, counted.Use("max_per_source")));
        Assert.Equal(8, counted.Use("max_connections").Used);

        await ClientGroup.LeaveAsync(one.Served[0]);
        await it.Daemon.WaitForRecordAsync(one.Served[0].Name);
        using var again = await it.ComeAsync(2, "127.0.0.1");
        Assert.Equal((1, 1), (again.Served.Count, again.Refused));
    }

    [Fact]
    public async Task SourcePrefix_OfANetwork_CountsItAsOne()
    {
        await using var it = await Guarded.StartAsync(
            "handler", $"max_per_source = 2\nsource_prefix = {{ ipv4 = 24 }}\nbanner_refused = \"{ClientGroup.Banner}\"");
        using var first = await it.EnterAsync("127.0.0.1");
        using var second = await it.EnterAsync("127.0.0.254");

        Assert.Equal(0, await it.VisitAsync(1, "127.0.0.7"));
        using var outside = await it.ComeAsync(3, "127.0.1.1");

        Assert.Equal((2, 1), (outside.Served.Count, outside.Refused));
        await it.RefusedAsync(2, "source_limit");
    }

    [OnLinux("unix sockets")]
    [Fact]
    public async Task MaxPerSource_OfDefaults_IsNotForPeersOfThisHost()
    {
        await using var it = await Guarded.StartAsync("handler", "", more: """
            "%dir%/it.sock" = "it"
            [defaults]
            max_per_source = 1
            """);
        using var group = await it.ComeAsync(5);
        using var local = await ClientGroup.ComeAsync(5, () => TcpPeer.ConnectUnixAsync(it.Daemon.Scratch["it.sock"]));

        Assert.Equal((5, 5), (group.Served.Count, local.Served.Count));
        Assert.Equal(0, (await it.CountAsync()).Ended("refused"));
    }

    [OnLinux("unix sockets")]
    [Fact]
    public async Task MaxPerSource_OfUnixPeers_CountsUsers()
    {
        Privilege.Require("a client of another user");
        await using var it = await Guarded.StartAsync("handler", $"max_per_source = 2\nbanner_refused = \"{ClientGroup.Banner}\"", more: """
            "@netsuperd-test-%p%" = "it"
            """);
        var name = $"netsuperd-test-{it.Daemon.Port("p")}";
        using var root = await ClientGroup.ComeAsync(5, () => TcpPeer.ConnectUnixAsync("@" + name));

        Assert.Equal((2, 3), (root.Served.Count, root.Refused));
        Assert.Equal(ClientGroup.Word, await UnixUser.HearAsync(name, "--reuid=65534"));
        await it.RefusedAsync(3, "source_limit");
    }
}
