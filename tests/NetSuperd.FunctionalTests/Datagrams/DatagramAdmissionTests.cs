using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>The senders that are allowed, and how often: further datagrams are dropped and counted by their word.</summary>
[OnWindows]
public sealed class DatagramAdmissionTests
{
    [Fact]
    public async Task Deny_IsDroppedCountedAndLoggedBySample()
    {
        await using var daemon = await StartAsync("deny = [\"127.0.0.2\"]");
        using var denied = DatagramPeer.Of(daemon.Port("p"), from: "127.0.0.2");
        using var other = DatagramPeer.Of(daemon.Port("p"), from: "127.0.0.3");
        for (var i = 0; i < 100; i++)
        {
            denied.Send("no"u8.ToArray());
        }

        Assert.Equal("x", await other.AskAsync("x"));
        var counted = await Counted.UntilAsync(daemon, "it", found => found.Datagrams("received") == 101, "all of them");
        Assert.Equal((100, 100, 1), (counted.Datagrams("refused"), counted.For("address"), counted.Datagrams("answered")));
        Assert.False(denied.HasAnswer);
        Assert.Equal(90, (await daemon.WaitForEventAsync("RefusalsLeftOut")).Number("LeftOut"));
        var named = daemon.Events.Where(found => found.Name == "DatagramRefused").ToList();
        Assert.Equal(10, named.Count);
        Assert.All(named, found => Assert.StartsWith("127.0.0.2:", found["Peer"], StringComparison.Ordinal));
        Assert.All(named, found => Assert.Equal($"127.0.0.1:{daemon.Port("p")}", found["Local"]));
    }

    [Fact]
    public async Task RatePerSource_OfOneSource_LeavesTheOthersAlone()
    {
        await using var daemon = await StartAsync("rate = \"100/h\"\nrate_per_source = \"3/h\"");
        using var one = DatagramPeer.Of(daemon.Port("p"), from: "127.0.0.2");
        using var two = DatagramPeer.Of(daemon.Port("p"), from: "127.0.0.3");
        for (var i = 0; i < 200; i++)
        {
            one.Send("x"u8.ToArray());
        }

        var counted = await Counted.UntilAsync(daemon, "it", found => found.Datagrams("received") == 200, "all of them");
        Assert.Equal((3, 197, 0), (counted.Datagrams("answered"), counted.For("source_rate"), counted.For("rate")));
        Assert.Equal((3, 3), counted.Use("rate_per_source"));
        Assert.Equal((3, 100), counted.Use("rate"));
        Assert.Equal("x", await two.AskAsync("x"));
    }

    [Fact]
    public async Task Rate_ThatIsUsedUp_DropsAndComesBack()
    {
        await using var daemon = await StartAsync("rate = \"2/s\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        for (var i = 0; i < 50; i++)
        {
            client.Send("x"u8.ToArray());
        }

        var counted = await Counted.UntilAsync(daemon, "it", found => found.Datagrams("received") == 50, "all of them");
        Assert.InRange(counted.Datagrams("answered"), 2, 5);
        Assert.Equal(50 - counted.Datagrams("answered"), counted.For("rate"));
        await Counted.UntilAsync(daemon, "it", found => found.Use("rate").Used == 0, "a full bucket");
        while (client.HasAnswer)
        {
            await client.HearAsync();
        }

        Assert.Equal("again", await client.AskAsync("again"));
    }

    [Fact]
    public async Task Budget_ThatTheMapSets_AppliesToLoopback()
    {
        await using var daemon = await StartAsync("bytes_per_source = \"1KiB/min burst 10KiB\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        for (var i = 0; i < 20; i++)
        {
            client.Send(new byte[1024]);
        }

        var counted = await Counted.UntilAsync(daemon, "it", found => found.Datagrams("received") == 20, "all of them");
        Assert.Equal((10, 10, 10), (counted.Datagrams("answered"), counted.Datagrams("refused"), counted.For("budget")));
        Assert.InRange(counted.Use("bytes_per_source").Used, 10_200, 10_240);
    }

    [Fact]
    public async Task Explain_ADatagramSocket_NamesItsGatesAndWhatIsLeft()
    {
        await using var daemon = await StartAsync("rate = \"5/h\"\ndeny = [\"192.0.2.0/24\"]");
        Assert.Equal("address", await RefusalAsync("192.0.2.1"));
        Assert.Equal("loop_address", await RefusalAsync("224.0.0.1"));
        Assert.Null(await RefusalAsync("127.0.0.1"));
        Assert.DoesNotContain("max_connections", await ExplainAsync("127.0.0.1"), StringComparison.Ordinal);
        using var client = DatagramPeer.Of(daemon.Port("p"));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("x", await client.AskAsync("x"));
        }

        Assert.Contains("\"word\":\"rate\"", await ExplainAsync("127.0.0.1", "--json"), StringComparison.Ordinal);
        Assert.Contains("now: it would be refused (rate), again in 7", await ExplainAsync("127.0.0.1"), StringComparison.Ordinal);

        Task<string> ExplainAsync(string peer, params string[] more) =>
            daemon.AskedAsync("explain", [peer, $"{daemon.Port("p")}/udp", "--config", daemon.Scratch["map.toml"], .. more]);

        async Task<string?> RefusalAsync(string peer) =>
            StatusJson.Read<ExplainedPeer>(await ExplainAsync(peer, "--json")).Entries[0].Refusal;
    }

    [Fact]
    public async Task Status_OfAHandlerOfStreamsAndDatagrams_CountsThemSeparately()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%/udp" = "it"
            "127.0.0.1:%q%" = "it"
            [services.it]
            handler = "echo"
            rate = "2/h"
            at_limit = "refuse"
            """);
        using var client = DatagramPeer.Of(daemon.Port("p"));
        Assert.Equal("x", await client.AskAsync("x"));
        Assert.Equal("y", await client.AskAsync("y"));
        client.Send("z"u8.ToArray());
        await Counted.UntilAsync(daemon, "it", found => found.For("rate") == 1, "a refusal");

        using var stream = await daemon.ConnectAsync("q");
        Assert.Equal("x", await stream.TalkAsync("x"));
        var counted = await Counted.UntilAsync(daemon, "it", found => found.Datagrams("received") == 3, "all of them");
        Assert.Equal(
            (3, 2, 1, 1), (counted.Datagrams("received"), counted.Datagrams("answered"), counted.Datagrams("refused"), counted.Live));
    }

    private static Task<Daemon> StartAsync(string keys) => Daemon.StartAsync($"""
        [ports]
        "127.0.0.1:%p%/udp" = "it"
        [services.it]
        handler = "echo"
        {keys}
        """);
}
