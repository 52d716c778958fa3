using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>Clients whose children get variables or a program of their own (<c>clients</c>).</summary>
public sealed class ClientRuleTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%p%" = "mail"
        "127.0.0.1:%proxied%" = { service = "mail", proxy_protocol = "required", trusted = ["127.0.0.0/8"] }
        "%dir%/mail.sock" = "mail"
        [services.mail]
        exec = ["/bin/sh", "-c", 'echo "main $RELAYCLIENT $KIND"']
        env = { RELAYCLIENT = "no", KIND = "any" }
        clients = [
            { from = ["127.0.0.2", "192.0.2.0/24"], env = { RELAYCLIENT = "yes" } },
            { from = "127.0.0.3", exec = ["/bin/sh", "-c", 'echo "other $0 $RELAYCLIENT $KIND"', "name"] },
            { from = "127.0.0.2/31", env = { RELAYCLIENT = "never" } },
            { from = "127.0.0.4", env = { RELAYCLIENT = "" }, exec = ["/bin/sh", "-c", 'echo "both <${RELAYCLIENT-unset}> $KIND"'] },
            { from = "uid:0", env = { KIND = "root" } },
        ]
        """;

    [Theory]
    [InlineData("127.0.0.1", "main no any")]
    [InlineData("127.0.0.2", "main yes any")]
    [InlineData("127.0.0.3", "other name no any")]
    [InlineData("127.0.0.4", "both <> any")]
    public async Task Child_OfAClientOfAnEntry_GetsWhatTheFirstSuchEntryHas(string from, string expected)
    {
        await using var daemon = await Daemon.StartAsync(Map);

        using var client = await TcpPeer.ConnectAsync(daemon.Port("p"), from: from);

        Assert.Equal(expected + "\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Child_OfAClientThatAHeaderNames_GetsWhatThatClientHas()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("proxied");

        await client.SendAsync("PROXY TCP4 192.0.2.7 192.0.2.1 1000 25\r\n");

        Assert.Equal("main yes any\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Child_OfAUserOfAUnixSocket_GetsWhatThatUserHas()
    {
        Privilege.Require("a client with user id 0");
        await using var daemon = await Daemon.StartAsync(Map);

        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["mail.sock"]);

        Assert.Equal("main no root\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Reload_ThatChangesTheEntries_HoldsForTheNextClient()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        daemon.Edit(map => map.Replace("\"yes\"", "\"now\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        using var client = await TcpPeer.ConnectAsync(daemon.Port("p"), from: "127.0.0.2");
        Assert.Equal("main now any\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Explain_OfAClientOfAnEntry_NamesTheEntry()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        var text = await daemon.AskedAsync("explain", "127.0.0.3", $"127.0.0.1:{daemon.Port("p")}");

        Assert.Contains("clients: the client gets /bin/sh", text, StringComparison.Ordinal);
    }
}
