using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>netsuperd explain</c>: which service, which gate, which line, with a daemon and without one.</summary>
public sealed class ExplainTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%p%" = "inside"
        %p% = "outside"
        "%dir%/u.sock" = "local"

        [services.inside]
        handler = "echo"

        [services.outside]
        handler = "echo"
        deny = ["192.0.2.0/24", "203.0.113.0/24"]
        allow = ["0.0.0.0/0", "203.0.113.7"]
        max_connections = 1
        rate = "2/h"

        [services.local]
        handler = "echo"
        allow = ["uid:0"]
        """;

    [Fact]
    public async Task Explain_AStoredMap_NamesServiceGateAndLine()
    {
        using var scratch = new Scratch();
        var map = scratch.Write(
            "map.toml", Map.Replace("%p%", "2005", StringComparison.Ordinal).Replace("%dir%", scratch.Folder, StringComparison.Ordinal)
            + $"\n[daemon]\ncontrol = \"{scratch["none.sock"]}\"\n");

        var denied = await Netsuperd.RunAsync("explain", "203.0.113.9", "2005", "--config", map);
        Assert.Equal((0, ""), (denied.Status, denied.Errors));
        Assert.Contains(
            $"{map}:2:1: service: inside (handler echo) answers on 127.0.0.1:2005/tcp", denied.Output, StringComparison.Ordinal);
        Assert.Contains($"{map}:3:1: service: outside (handler echo) answers on 2005/tcp", denied.Output, StringComparison.Ordinal);
        Assert.Contains($"{map}:11:25: address: 203.0.113.0/24 is denied\n   11 | deny = [", denied.Output, StringComparison.Ordinal);
        Assert.Contains("203.0.113.9 is refused (address)", denied.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("now:", denied.Output, StringComparison.Ordinal);

        Assert.Null(await RefusalAsync(map, "203.0.113.7", "192.0.2.5:2005"));
        Assert.Equal("address", await RefusalAsync(map, "192.0.2.1", "192.0.2.5:2005"));
        Assert.Equal("address", await RefusalAsync(map, "::ffff:192.0.2.1", "[::1]:2005"));
        Assert.Equal("address", await RefusalAsync(map, "2001:db8::1", "[::1]:2005"));
        Assert.Equal("address", await RefusalAsync(map, "fe80::1%lo", "2005"));
        Assert.Null(await RefusalAsync(map, "uid:0", scratch["u.sock"]));
        Assert.Equal("address", await RefusalAsync(map, "uid:65534", scratch["u.sock"]));
    }

    [OnWindows]
    [Theory]
    [InlineData("nowhere", "2005", 64)]
    [LinuxData("uid:nobody-at-all", "2005", 64)]
    [InlineData("192.0.2.1", "2006", 64)]
    [InlineData("192.0.2.1", "0", 64)]
    [LinuxData("uid:0", "2005", 64)]
    [LinuxData("uid:", "@explain", 64)]
    [LinuxData("uid:99999999999", "@explain", 64)]
    [LinuxData("192.0.2.1", "@explain", 64)]
    [InlineData("010.0.0.1", "2005", 64)]
    [InlineData("10.1", "2005", 64)]
    [InlineData("[::1]:80", "2005", 64)]
    [InlineData("192.0.2.1", "2007", 64)]
    [InlineData("2001:db8::1", "127.0.0.1:2005", 64)]
    public async Task Explain_WhatCannotBe_SaysWhyAndEnds(string peer, string socket, int status)
    {
        using var scratch = new Scratch();
        var map = scratch.Write(
            "map.toml", "[ports]\n2005 = \"echo\"\n\"127.0.0.1:2005\" = \"echo\"\n\"[::1]:2007\" = \"echo\"\n"
            + (socket == "@explain" ? "\"@explain\" = \"echo\"\n" : ""));

        var result = await Netsuperd.RunAsync("explain", peer, socket, "--config", map);

        Assert.Equal((status, ""), (result.Status, result.Output));
        Assert.NotEqual("", result.Errors);
    }

    [OnWindows]
    [Fact]
    public async Task Explain_AMapThatIsNotThere_EndsWith66() =>
        Assert.Equal(66, (await Netsuperd.RunAsync("explain", "192.0.2.1", "2005", "--config", "/nonexistent/map.toml")).Status);

    [Fact]
    public async Task Explain_ADaemonThatRuns_AddsWhatItsLimitsHaveLeft()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var socket = $"{daemon.Port("p")}";
        var before = await NowAsync();
        Assert.Equal((null, 0, 0), (before.Word, before.Places, before.Rate));

        using var client = await TcpPeer.ConnectAsync(daemon.Port("p"), "127.0.0.2");
        Assert.Equal("x", await client.TalkAsync("x"));

        var full = await NowAsync();
        Assert.Equal(("service_limit", 1, 1), (full.Word, full.Places, full.Rate));
        Assert.Contains(
            "now: it would wait (service_limit); max_connections 1 of 1 used",
            (await daemon.AskedAsync("explain", "198.51.100.1", socket, "--config", daemon.Scratch["map.toml"])), StringComparison.Ordinal);

        async Task<(string? Word, long Places, long Rate)> NowAsync()
        {
            var text = await daemon.AskedAsync("explain", "198.51.100.1", socket, "--json", "--config", daemon.Scratch["map.toml"]);
            var now = StatusJson.Read<ExplainedPeer>(text).Entries.Single(entry => entry.Service == "outside").Now!;
            return (now.Word, now.Used("max_connections"), now.Used("rate"));
        }
    }

    [Fact]
    public async Task Explain_AServiceThatIsPaused_SaysThatClientsWait()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await daemon.DoAsync("pause", "outside");

        Assert.Contains("now: it would wait (paused)", await ExplainAsync(), StringComparison.Ordinal);

        await daemon.DoAsync("resume", "outside");
        Assert.Contains("now: it would be let in", await ExplainAsync(), StringComparison.Ordinal);

        Task<string> ExplainAsync() =>
            daemon.AskedAsync("explain", "198.51.100.1", $"127.0.0.2:{daemon.Port("p")}", "--config", daemon.Scratch["map.toml"]);
    }

    private static async Task<string?> RefusalAsync(string map, string peer, string socket)
    {
        var result = await Netsuperd.RunAsync("explain", peer, socket, "--json", "--config", map);
        Assert.Equal((0, ""), (result.Status, result.Errors));
        return Assert.Single(StatusJson.Read<ExplainedPeer>(result.Output).Entries).Refusal;
    }
}
