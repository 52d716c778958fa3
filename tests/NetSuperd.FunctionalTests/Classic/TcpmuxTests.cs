using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>RFC 1078 from outside: services of every kind behind one port.</summary>
public sealed class TcpmuxTests : IAsyncLifetime
{
    private const string NotAvailable = "-Service not available\r\n";

    private const string Map = """
        [ports]
        "%mux%"   = "tcpmux"
        "%hasty%" = "hasty"
        "%alone%" = "alone"

        [services.tcpmux]
        handler  = "tcpmux"
        settings = { services = ["echo", "+upper", "+id", "+closed", "+one"] }

        [services.hasty]
        handler  = "tcpmux"
        settings = { services = ["echo"], timeout = "1s" }

        [services.echo]
        handler = "echo"

        [services.upper]
        exec = ["/usr/bin/tr", "a-z", "A-Z"]

        [services.id]
        exec = ["/usr/bin/id", "-un"]
        user = "nobody"

        [services.closed]
        handler        = "daytime"
        deny           = ["127.0.0.0/8"]
        banner_refused = "this line is for clients of its own port"

        [services.one]
        handler         = "echo"
        max_connections = 1
        at_limit        = "defer"

        [services.alone]
        handler = "daytime"
        """;

    private Daemon? _daemon;

    private Daemon Daemon => _daemon!;

    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(Map);

    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;

    [Theory]
    [InlineData("echo\r\nword", "word")]
    [InlineData("Echo\n", "")]
    [InlineData("UPPER\r\nword\n", "+Go\r\nWORD\n")]
    [InlineData("help\r\n", "echo\r\nupper\r\nid\r\nclosed\r\none\r\n")]
    [InlineData("nothing\r\n", NotAvailable)]
    [InlineData("closed\r\n", NotAvailable)]
    public async Task Name_AndBytesInOneSegment_ReachTheService(string sent, string received) =>
        Assert.Equal(received, await AskAsync(sent));

    // CVE-2012-0862: xinetd's tcpmux gave access to every service.
    [Theory]
    [InlineData("alone\r\n")]
    [InlineData("tcpmux\r\n")]
    [InlineData("hasty\r\n")]
    public async Task Service_ThatIsNotListed_IsOutOfReach(string sent) => Assert.Equal(NotAvailable, await AskAsync(sent));

    // CVE-2013-4342: xinetd ran the children of tcpmux services as root.
    [Fact]
    public async Task Child_RunsAsTheUserOfItsService()
    {
        Privilege.Require("another user");

        Assert.Equal("+Go\r\nnobody\n", await AskAsync("id\r\n"));
    }

    [Fact]
    public async Task Name_ByteByByte_IsRead()
    {
        using var client = await Daemon.ConnectAsync("mux");
        client.Socket.NoDelay = true;
        foreach (var letter in "upper\r\n")
        {
            await client.SendAsync($"{letter}");
        }

        Assert.Equal("+Go\r\n", Encoding.ASCII.GetString(await client.ReceiveAsync(5)));
        Assert.Equal("WORD\n", await client.ExchangeAsync("word\n"));
    }

    [Fact]
    public async Task Connection_HasARecordOfEachService()
    {
        using var client = await Daemon.ConnectAsync("mux");
        Assert.Equal("+Go\r\nWORD\n", await client.ExchangeAsync("upper\r\nword\n"));

        var first = await Daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "tcpmux");
        var second = await Daemon.WaitForEventAsync("ChildEnded");
        Assert.Equal(("closed", "7", client.Name), (first["End"], first["BytesReceived"], first["Peer"]));
        Assert.Equal(("upper", "exited", client.Name), (second["Service"], second["End"], second["Peer"]));
    }

    [Fact]
    public async Task Limit_OfTheService_Refuses()
    {
        using var first = await Daemon.ConnectAsync("mux");
        await first.SendAsync("one\r\n");
        Assert.Equal("+Go\r\n", Encoding.ASCII.GetString(await first.ReceiveAsync(5)));

        Assert.Equal(NotAvailable, await AskAsync("one\r\n"));
        Assert.Equal("service_limit", (await Daemon.WaitForEventAsync("ConnectionRefused"))["Reason"]);

        Assert.Equal("word", await first.ExchangeAsync("word"));
        await Daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "one");
        Assert.Equal("+Go\r\nword", await AskAsync("one\r\nword"));
    }

    [Fact]
    public async Task Pause_OfTheService_Refuses()
    {
        await Daemon.DoAsync("pause", "upper");
        Assert.Equal("paused", (await Daemon.StatusAsync()).Service("upper").State);
        Assert.Equal(NotAvailable, await AskAsync("upper\r\nword\n"));
        await Daemon.DoAsync("reload");
        Assert.Equal(NotAvailable, await AskAsync("upper\r\nword\n"));

        await Daemon.DoAsync("resume", "upper");
        Assert.Equal("+Go\r\nWORD\n", await AskAsync("upper\r\nword\n"));
    }

    [Fact]
    public async Task Reload_WithoutTheService_RefusesAClientThatHadConnected()
    {
        using var late = await Daemon.ConnectAsync("mux");
        await late.SendAsync("echo");
        Daemon.Edit(map => map.Replace("[\"echo\", \"+upper\"", "[\"+upper\"", StringComparison.Ordinal)
            .Replace("[services.echo]\nhandler = \"echo\"", "", StringComparison.Ordinal)
            .Replace("services = [\"echo\"]", "services = [\"one\"]", StringComparison.Ordinal));
        await Daemon.DoAsync("reload");

        Assert.Equal(NotAvailable, await late.ExchangeAsync("\r\n"));
        Assert.Equal(NotAvailable, await AskAsync("echo\r\n"));
        Assert.Equal("+Go\r\nword", await AskAsync("one\r\nword"));
    }

    [Fact]
    public async Task Restart_AClientThatHasNotNamedItsService_IsServed()
    {
        using var handler = await Daemon.ConnectAsync("mux");
        using var child = await Daemon.ConnectAsync("mux");
        await handler.SendAsync("e");
        await child.SendAsync("u");
        await Daemon.RestartAsync();

        Assert.Equal("word", await handler.ExchangeAsync("cho\r\nword"));
        Assert.Equal("+Go\r\nWORD\n", await child.ExchangeAsync("pper\r\nword\n"));
        Assert.Equal("+Go\r\nWORD\n", await AskAsync("upper\r\nword\n"));
        await Daemon.WaitForEventAsync("LingerOver");
        var end = await Daemon.WaitForEventAsync("ChildEnded", found => found["Peer"] == child.Name);
        Assert.Equal("exited", end["End"]);
    }

    [Fact]
    public async Task Reloads_UnderLoad_LoseNoClient()
    {
        const int Clients = 8, Each = 25;
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                Assert.Equal("word", await AskAsync("echo\r\nword"));
                Assert.Equal("+Go\r\nWORD\n", await AskAsync("upper\r\nword\n"));
            }
        })).ToList();
        var all = Task.WhenAll(clients);
        for (var i = 0; !all.IsCompleted; i++)
        {
            // Another argument means another plan.
            var (before, after) = i % 2 == 0 ? ("a-z", "[:lower:]") : ("[:lower:]", "a-z");
            Daemon.Edit(map => map.Replace($"\"{before}\"", $"\"{after}\"", StringComparison.Ordinal));
            await Daemon.DoAsync("reload");
        }

        await all;
        Assert.Equal(0, await Daemon.StopAsync());
        Assert.Equal(Clients * Each, Daemon.Events.Count(found => found is { Name: "ChildEnded" } && found["End"] == "exited"));
    }

    [Fact]
    public async Task Client_WithoutAName_IsLeftInOrder()
    {
        using var client = await Daemon.ConnectAsync("hasty");
        await client.SendAsync("ech");

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal("closed", (await Daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }

    [Fact]
    public async Task Stop_WithAClientWithoutAName_IsInOrder()
    {
        using var client = await Daemon.ConnectAsync("mux");
        await client.SendAsync("ech");

        Daemon.Signal(RunningProcess.SIGTERM);

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal(0, await Daemon.ExitAsync());
    }

    private async Task<string> AskAsync(string sent)
    {
        using var client = await Daemon.ConnectAsync("mux");
        return await client.ExchangeAsync(sent);
    }
}
