using System.Text.Json;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Web;

/// <summary>The process of <c>netsuperd web</c>: what it serves, to which clients, and with which rights.</summary>
public sealed class WebTests
{
    private static readonly (string Header, string Value, int Status)[] Requests =
    [
        ("Host", "evil.example", 421), ("Host", "127.0.0.1.evil.example:8070", 421), ("Host", "status.example.org", 200),
        ("Host", "localhost", 200), ("Origin", "http://evil.example", 403), ("Origin", "null", 403),
        ("Sec-Fetch-Site", "cross-site", 403), ("Sec-Fetch-Site", "same-origin", 200),
    ];

    public WebTests() => Privilege.Require("the page runs as another user");

    [Fact]
    public async Task Page_OfARunningDaemon_ShowsItWithoutRights()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);

        var (status, text) = await page.GetAsync("/");
        Assert.Equal(200, status);
        Assert.Contains("echo", text, StringComparison.Ordinal);
        Assert.Contains($"{daemon.Pid}", text, StringComparison.Ordinal);
        Assert.Equal((200, "ok\n"), await page.GetAsync("/healthz"));
        Assert.Equal((200, "ready\n"), await page.GetAsync("/readyz"));
        var map = JsonDocument.Parse((await page.GetAsync("/map")).Text).RootElement.GetProperty("entries");
        Assert.Equal("\"echo\"", map.GetProperty("services.echo.handler").GetString());
        var explained = await page.GetAsync($"/explain?peer=192.0.2.1&socket=127.0.0.1:{daemon.Port("shut")}");
        Assert.Equal("address", JsonDocument.Parse(explained.Text).RootElement.GetProperty("outlooks")[0].GetProperty("word").GetString());
        Assert.Equal(400, (await page.GetAsync("/explain?peer=nobody&socket=7")).Status);
        Assert.Equal(404, (await page.GetAsync("/../etc/passwd")).Status);
        Assert.Equal((200, ""), await page.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/healthz")));
        Assert.Equal((405, "this path answers POST only\n"), await page.GetAsync("/operate"));
        Assert.Equal((405, "this path answers GET, HEAD only\n"), await page.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/map")));

        var rights = await File.ReadAllTextAsync($"/proc/{page.Pid}/status", TestContext.Current.CancellationToken);
        Assert.Matches(@"\nUid:\t65534\t65534\t65534\t65534\n", rights);
        Assert.Matches(@"\nCapEff:\t0{16}\n", rights);
        Assert.Matches(@"\nNoNewPrivs:\t1\n", rights);
    }

    [Fact]
    public async Task Metrics_AfterConnectionsAndRefusals_CountThem()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        using (var client = await daemon.ConnectAsync("echo"))
        {
            Assert.Equal("a", await client.TalkAsync("a"));
            client.Finish();
            await client.ReadToEndAsync();
            await daemon.WaitForRecordAsync(client.Name);
        }

        using (var refused = await daemon.ConnectAsync("shut"))
        {
            await refused.ReadToEndAsync();
        }

        var (status, text) = await Deadline.UntilAsync(
            () => page.GetAsync("/metrics"), answer => answer.Text.Contains("reason=\"address\"", StringComparison.Ordinal), "the refusal");
        Assert.Equal(200, status);
        Assert.All(
            [
                "netsuperd_up 1", "netsuperd_connections_accepted_total{service=\"echo\"} 1",
                "netsuperd_connections_ended_total{service=\"echo\",end=\"closed\"} 1",
                "netsuperd_connections_refused_total{service=\"shut\",reason=\"address\"} 1",
                "netsuperd_connection_duration_seconds_bucket{service=\"echo\",le=\"+Inf\"} 1",
                "netsuperd_sent_bytes_total{service=\"echo\"} 1", "netsuperd_service_state{service=\"echo\",state=\"serving\"} 1",
            ],
            line => Assert.Contains(line, text.Split('\n')));
        Assert.DoesNotContain("127.0.0.1:" + daemon.Port("echo") + "\",peer", text, StringComparison.Ordinal);
        var open = await page.GetAsync("/metrics", ("Accept", "application/openmetrics-text"));
        Assert.EndsWith("# EOF\n", open.Text, StringComparison.Ordinal);
        Assert.Contains("# TYPE netsuperd_connections_accepted counter\n", open.Text, StringComparison.Ordinal);

        using var scratch = new Scratch();
        var lint = await Command.RunAsync("/bin/sh", "-c", $"promtool check metrics <{scratch.Write("metrics", text)}");
        Assert.Equal(new CommandResult(0, "", ""), lint);
    }

    [Fact]
    public async Task Metrics_OfACertificate_SayWhenItExpires()
    {
        using var certificate = TestCertificate.Create("www.example.org");
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        TestCertificate.Write(daemon.Scratch.Folder, "www", certificate);
        const string echo = "handler = \"echo\"", tls = "tls = { certificate = \"www.pem\", key = \"www.key\" }";
        daemon.Edit(map => map.Replace(echo, $"{echo}\n{tls}", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await using var page = await WebPage.StartAsync(daemon);

        var (_, text) = await page.GetAsync("/metrics");

        const string name = "netsuperd_certificate_expiry_timestamp_seconds{";
        var end = new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds();
        var lines = text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal));
        Assert.Equal([$"{name}service=\"echo\"}} {end}"], lines);
    }

    [Fact]
    public async Task Prometheus_ThatScrapesThePage_HasItsMetrics()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        using var scratch = new Scratch();
        var port = FreePorts.Next();
        var config = scratch.Write("prometheus.yml", $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [ "{{BuiltTree.Repository}}/etc/metrics/netsuperd.rules.yml" ]
            scrape_configs:
              - job_name: netsuperd
                static_configs: [ { targets: [ "{{page.Client.BaseAddress!.Authority}}" ] } ]
            """);
        await using var prometheus = RunningProcess.Start(
            "prometheus",
            [$"--config.file={config}", $"--storage.tsdb.path={scratch["data"]}", $"--web.listen-address=127.0.0.1:{port}"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        var found = await Deadline.UntilAsync(
            () => QueryAsync(client, "netsuperd_service_state{service=\"echo\"} == 1"), result => result.Contains("serving"), "a scrape");
        Assert.Contains(page.Client.BaseAddress.Authority, found, StringComparison.Ordinal);
        await daemon.StopAllAsync();
        await Deadline.UntilAsync(
            () => QueryAsync(client, "ALERTS{alertname=\"NetSuperdDown\"}"), result => result.Contains("pending"), "the alert");
    }

    [Fact]
    public async Task Request_OfAnotherPageOrForAnotherName_IsRefused()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon, "--host", "status.example.org");

        foreach (var (header, value, status) in Requests)
        {
            Assert.Equal((header, value, status), (header, value, (await page.GetAsync("/map", (header, value))).Status));
        }
    }

    [Fact]
    public async Task Stream_TellsWhatHappensAndWhenTheDaemonIsAway()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        using var stream = await page.WatchAsync("/events?connections=1");
        var seen = new HashSet<string>();

        await UntilAsync(stream, (name, data) => seen.Add(name) && seen.IsSupersetOf(["history", "status", "connections", "log"]));
        using var client = await daemon.ConnectAsync("echo");
        await UntilAsync(stream, (name, data) => name == "connections" && data.Contains(client.Name, StringComparison.Ordinal));
        await daemon.DoAsync("pause", "echo");
        await UntilAsync(stream, (name, data) => name == "log" && data.Contains("\"event\":\"paused\"", StringComparison.Ordinal));
        await UntilAsync(stream, (name, data) => name == "status" && data.Contains("\"state\":\"paused\"", StringComparison.Ordinal));
        await UntilAsync(stream, (name, data) => name == "sample" && data.Contains("\"accepted\":1", StringComparison.Ordinal));
        await daemon.RestartAsync();
        await UntilAsync(stream, (name, data) => name == "mark" && data.Contains("restart", StringComparison.Ordinal));
        await daemon.StopAllAsync();
        await UntilAsync(stream, (name, data) => name == "down" && data.Contains("no daemon answers", StringComparison.Ordinal));
        Assert.Equal(503, (await page.GetAsync("/readyz")).Status);
        Assert.Equal(200, (await page.GetAsync("/healthz")).Status);
        Assert.Equal((200, "# TYPE netsuperd_up gauge\n# HELP netsuperd_up Whether the daemon answers.\nnetsuperd_up 0\n"),
            await page.GetAsync("/metrics"));
    }

    [Theory]
    [InlineData("is no address and port", "web", "--listen", "example.org:80")]
    [InlineData("is no address and port", "web", "--listen", "127.0.0.1")]
    [InlineData("is no name of a host", "web", "--host", "a/b")]
    public async Task Arguments_ThatMeanNothing_AreExplained(string problem, params string[] arguments)
    {
        var result = await Command.RunAsync(BuiltTree.Program, arguments);

        Assert.Equal(64, result.Status);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_WithoutASocketForQuestions_StartsNoPage()
    {
        await using var daemon = await Daemon.StartAsync("[ports]\n\"127.0.0.1:%echo%\" = \"echo\"\n");

        var result = await Command.RunAsync(BuiltTree.Program, "web", "--control", daemon.Scratch["control.sock"]);

        Assert.Equal(69, result.Status);
        Assert.Contains("status_group", result.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> QueryAsync(HttpClient prometheus, string query)
    {
        try
        {
            return await prometheus.GetStringAsync(
                "/api/v1/query?query=" + Uri.EscapeDataString(query), TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            // It has not begun to serve.
            return "";
        }
    }

    private static Task UntilAsync(StreamReader stream, Func<string, string, bool> isExpected) =>
        Deadline.WithinAsync(ReadAsync(stream, isExpected), "an event of the stream");

    private static async Task ReadAsync(StreamReader stream, Func<string, string, bool> isExpected)
    {
        var name = "";
        while (await stream.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            name = line.StartsWith("event: ", StringComparison.Ordinal) ? line["event: ".Length..] : name;
            if (line.StartsWith("data: ", StringComparison.Ordinal) && isExpected(name, line["data: ".Length..]))
            {
                return;
            }
        }

        Assert.Fail("the stream has ended");
    }
}
