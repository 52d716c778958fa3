using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>What <c>check</c> and <c>explain</c> say of raw sockets.</summary>
public sealed class RawMapTests
{
    private const string Map = """
        daemon.raw_sockets = true
        [ports]
        "icmp/raw" = { service = "it", types = ["time-exceeded", 8] }
        "89/raw" = "it"
        [services.it]
        exec = ["/bin/cat"]
        user = "nobody"
        wait = true
        deny = ["192.0.2.0/24"]
        """;

    [Theory]
    [InlineData("\"icmp/raw\" = \"echo\"", "the handler 'echo' is built in and does not know packets")]
    [InlineData("\"icmp/raw\" = \"daytime\"", "the handler 'daytime' is built in and does not know packets")]
    [InlineData("\"icmp/raw\" = \"custom\"", "the handler 'custom' serves streams only")]
    [InlineData("\"icmp/raw\" = \"each\"", "'each' starts a child for each connection, and 1/raw, a raw socket, has none")]
    public async Task Check_AServiceThatCannotHaveARawSocket_IsAnError(string entry, string error)
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"""
            daemon.raw_sockets = true
            [ports]
            {entry}
            [services.each]
            exec = ["/bin/cat"]
            user = "nobody"
            """);

        var said = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(78, said.Status);
        Assert.Contains($"map.toml:3:1: error: {error}", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ARawSocket_NamesItsTypesAndTheDeniedSender()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", Map);

        var denied = await ExplainAsync(map, "192.0.2.1", "icmp/raw");
        Assert.Contains("answers on 1/raw", denied, StringComparison.Ordinal);
        Assert.Contains(
            "map.toml:3:1: types: only ICMP of these types arrives: echo-request, time-exceeded;", denied, StringComparison.Ordinal);
        Assert.Contains("wait: allow and deny hold for every datagram", denied, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1 is refused (address)", denied, StringComparison.Ordinal);
        Assert.DoesNotContain("unless a child has the socket", denied, StringComparison.Ordinal);

        Assert.DoesNotContain("types:", await ExplainAsync(map, "2001:db8::1", "89/raw"), StringComparison.Ordinal);
        Assert.Contains("no client connects from 2001:db8::1", await ExplainAsync(map, "2001:db8::1", "1/raw"), StringComparison.Ordinal);
        Assert.Contains("no entry of [ports] answers on 1/tcp", await ExplainAsync(map, "192.0.2.1", "1"), StringComparison.Ordinal);
    }

    private static async Task<string> ExplainAsync(string map, string peer, string socket)
    {
        var said = await Netsuperd.RunAsync("explain", peer, socket, "--config", map);
        return said.Output + said.Errors;
    }
}
