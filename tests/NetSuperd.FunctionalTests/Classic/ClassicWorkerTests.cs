using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>The classic services that ask the daemon, in a worker.</summary>
public sealed class ClassicWorkerTests
{
    private const string Map = """
        [defaults]
        user = "nobody"
        [ports]
        "%mux%" = "mux"
        %systat% = "systat"
        %netstat% = "netstat"
        [services]
        mux.handler = "tcpmux"
        mux.user = "nobody"
        mux.settings.services = ["echo", "+upper", "closed", "off", "time"]
        systat.handler = "systat"
        systat.user = "nobody"
        netstat.handler = "netstat"
        netstat.user = "nobody"
        echo.handler = "echo"
        upper.exec = ["/usr/bin/tr", "a-z", "A-Z"]
        closed.handler = "daytime"
        closed.deny = ["127.0.0.0/8"]
        off.handler = "daytime"
        off.enabled = false
        time.handler = "daytime"
        time.worker = "other"
        """;

    [Fact]
    public async Task Handlers_ThatAskTheDaemon_ServeInAWorker()
    {
        Privilege.Require("another user");
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["ReloadRefused"] });

        using var held = await daemon.ConnectAsync("mux");

        // To a handler inside the daemon, a child, a service that refuses, one that is disabled, and another worker.
        Assert.Equal("word", await AskAsync("mux", "echo\r\nword"));
        Assert.Equal("+Go\r\nWORD\n", await AskAsync("mux", "upper\r\nword\n"));
        Assert.Equal(TcpmuxDaemon.NotAvailable, await AskAsync("mux", "closed\r\n"));
        Assert.Equal(TcpmuxDaemon.NotAvailable, await AskAsync("mux", "off\r\n"));
        Assert.Contains(":", await AskAsync("mux", "time\r\n"), StringComparison.Ordinal);

        using var client = await daemon.ConnectAsync("mux");
        Assert.Equal("word", await client.ExchangeAsync("echo\r\nword"));
        Assert.Equal(("closed", "6", "0"), await EndAsync("mux"));
        Assert.Equal(("closed", "4", "4"), await EndAsync("echo"));

        Assert.Contains($"0.0.0.0:{daemon.Port("systat")} ", await AskAsync("netstat", ""), StringComparison.Ordinal);
        Assert.Contains("mux", await AskAsync("systat", ""), StringComparison.Ordinal);

        // What has changed is known to the next client.
        await daemon.DoAsync("pause", "echo");
        Assert.Equal(TcpmuxDaemon.NotAvailable, await AskAsync("mux", "echo\r\nword"));

        // A map is judged with the services that the handler in the worker names.
        daemon.Edit(map => map.Replace("\"time\"]", "\"god\"]", StringComparison.Ordinal));
        var problems = string.Join('\n', (await daemon.RequestAsync("reload")).Messages);
        Assert.Contains("'mux' passes connections to the unknown service 'god'", problems, StringComparison.Ordinal);
        Assert.Contains("no entry in [ports] names service 'time'", problems, StringComparison.Ordinal);
        Assert.DoesNotContain("no entry in [ports] names service 'closed'", problems, StringComparison.Ordinal);

        async Task<(string?, string?, string?)> EndAsync(string service)
        {
            var end = await daemon.WaitForEventAsync(
                "ConnectionEnded", found => found["Service"] == service && found["Peer"] == client.Name);
            return (end["End"], end["BytesReceived"], end["BytesSent"]);
        }

        async Task<string> AskAsync(string service, string sent)
        {
            using var asking = await daemon.ConnectAsync(service);
            return await asking.ExchangeAsync(sent);
        }
    }
}
