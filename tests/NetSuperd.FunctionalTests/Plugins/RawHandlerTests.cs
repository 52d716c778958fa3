using NetSuperd.FunctionalTests.Datagrams;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>A plugin's handler with a raw socket.</summary>
public sealed class RawHandlerTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Packets_OfAdmittedSenders_AreAnsweredWithinTheRate()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartAsync(
            "\"icmp/raw\" = { service = \"pings\", types = [8] }\n\"ipv6-icmp/raw\" = { service = \"pings\", types = [\"echo-request\"] }",
            """
            [services.pings]
            handler = "pings"
            deny = ["10.9.0.3"]
            rate_per_source = "1/h burst 2"
            """,
            plugins.Folder);
        await using var watch = hosts.Watch();
        await watch.Output.FindAsync(line => line == "watching" ? line : null, "the start of the client");

        await hosts.SendAsync(0);
        await hosts.SendAsync(8, RawHosts.OtherClient);
        for (var i = 0; i < 3; i++)
        {
            await hosts.SendAsync(8);
        }

        var counted = await Counted.UntilAsync(daemon, "pings", found => found.Datagrams("received") == 4, "the packets of the type");
        Assert.Equal((2, 1, 1), (counted.Datagrams("answered"), counted.For("address"), counted.For("source_rate")));
        var answers = 0;
        await watch.Output.FindAsync(line => line == "10.9.0.1 0 77" && ++answers == 2 ? line : null, "two answers");

        await hosts.PingAsync("fd09::1");
        await Counted.UntilAsync(daemon, "pings", found => found.Datagrams("answered") == 3, "the answer by IPv6");
    }

    [Fact]
    public async Task Reload_WithOtherTypes_TakesASocketThatReceivesThem()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartAsync("\"icmp/raw\" = { service = \"pings\", types = [8] }", "", plugins.Folder);
        await hosts.SendAsync(8);
        await Counted.UntilAsync(daemon, "pings", found => found.Datagrams("received") == 1, "the first packet");

        daemon.Edit(map => map.Replace("types = [8]", "types = [13]", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await hosts.SendAsync(8);
        await hosts.SendAsync(13);

        await Counted.UntilAsync(daemon, "pings", found => found.Datagrams("received") == 2, "the packet of the other type");
        Assert.Single(await hosts.SocketsAsync());

        daemon.Edit(map => map.Replace("\"pings\", types = [13]", "\"pings\"", StringComparison.Ordinal));
        await daemon.RestartAsync();
        await hosts.SendAsync(8);
        await hosts.SendAsync(40);
        await Counted.UntilAsync(daemon, "pings", found => found.Datagrams("received") == 2, "every type after the restart");
    }

    [Fact]
    public async Task Answers_ThatWouldComeBack_AreNotSent()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartAsync("\"icmp/raw\" = \"pings\"", "", plugins.Folder);

        // The request, and the answer of the system.
        await hosts.PingItselfAsync();

        // The packets are counted after the refusals, when the batch ends.
        var counted = await Counted.UntilAsync(
            daemon, "pings", found => found.For("loop_address") == 2 && found.Datagrams("received") == 2, "both packets");
        Assert.Equal(0, counted.Datagrams("answered"));
        await hosts.SendAsync(8);
        await Counted.UntilAsync(daemon, "pings", found => found.Datagrams("answered") == 1, "the answer to another host");
    }
}
