using System.Diagnostics;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Web;

/// <summary>How many clients the page has, and what it does at its limits.</summary>
public sealed class WebClientTests
{
    private const int MostWatchersOfAnAddress = 32;
    private const int MostClients = 512;
    private const int FewDescriptors = 320;

    public WebClientTests() => Privilege.Require("the page runs as another user");

    [Fact]
    public async Task Watchers_BeyondTheLimit_AreRefusedAndDelayNoOther()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        var watchers = new List<StreamReader>();
        for (var count = 0; count < MostWatchersOfAnAddress; count++)
        {
            watchers.Add(await page.WatchAsync("/events"));
        }

        Assert.Equal(503, (await page.GetAsync("/events")).Status);
        Assert.Equal(200, (await page.GetAsync("/metrics")).Status);
        using var other = await TcpPeer.ConnectAsync(page.Client.BaseAddress!.Port, "127.0.0.1", "127.0.0.2");
        await other.SendAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal("HTTP/1.1 200"u8.ToArray(), await other.ReceiveAsync(12));
        watchers[0].Dispose();
        using var again = await Deadline.UntilAsync(() => TryWatchAsync(page), found => found is not null, "a free place");
        watchers.ForEach(watcher => watcher.Dispose());
    }

    [Fact]
    public async Task Watchers_OfFewAddresses_LeaveAPlaceToOthers()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        var watchers = new List<TcpPeer>();
        for (var count = 0; count < 2 * MostWatchersOfAnAddress; count++)
        {
            watchers.Add(await AskFromAsync(page, $"127.0.0.{2 + (count % 2)}", "GET /events"));
            Assert.Equal("HTTP/1.1 200"u8.ToArray(), await watchers[^1].ReceiveAsync(12));
        }

        using var own = await AskFromAsync(page, "127.0.0.1", "GET /events");
        Assert.Equal("HTTP/1.1 200"u8.ToArray(), await own.ReceiveAsync(12));
        Assert.EndsWith("0\r\n\r\n", await watchers[0].ReadToEndAsync(), StringComparison.Ordinal);
        watchers.ForEach(watcher => watcher.Dispose());
    }

    [Fact]
    public async Task Clients_OfFewAddresses_LeaveAConnectionToOthers()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        var silent = new List<TcpPeer>();
        for (var count = 0; count < MostClients; count++)
        {
            // The answer shows that the page has taken the connection.
            silent.Add(await AskFromAsync(page, $"127.0.0.{2 + (count % 8)}", "GET /healthz"));
            Assert.Equal("HTTP/1.1 200"u8.ToArray(), await silent[^1].ReceiveAsync(12));
        }

        Assert.Equal((200, "ok\n"), await page.GetAsync("/healthz"));
        Assert.DoesNotContain("warn:", page.Errors, StringComparison.Ordinal);
        silent.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Clients_OfManyAddresses_LeaveTheConnectionThatIsIdleForLongest()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        var clients = new List<TcpPeer>();
        for (var count = 0; count < MostClients; count++)
        {
            clients.Add(await AskFromAsync(page, AddressOf(count), count == 0 ? "GET /events" : "GET /healthz"));
            Assert.Equal("HTTP/1.1 200"u8.ToArray(), await clients[^1].ReceiveAsync(12));
        }

        Assert.Equal((200, "ok\n"), await page.GetAsync("/healthz"));
        await Assert.ThrowsAsync<SocketException>(clients[1].ReadToEndAsync);
        Assert.NotEmpty(await clients[0].ReceiveAsync(12));
        await clients[2].SendAsync("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.Contains("ready\n", await clients[2].ReadToEndAsync(), StringComparison.Ordinal);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Clients_OfAPageWithFewDescriptors_AreFewerAndDelayNoOther()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon, FewDescriptors);
        var clients = new List<TcpPeer>();
        for (var count = 0; count < MostClients; count++)
        {
            clients.Add(await AskFromAsync(page, AddressOf(count), "GET /healthz"));
            Assert.Equal("HTTP/1.1 200"u8.ToArray(), await clients[^1].ReceiveAsync(12));
        }

        Assert.Equal((200, "ready\n"), await page.GetAsync("/readyz"));
        Assert.DoesNotContain("warn:", page.Errors, StringComparison.Ordinal);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Questions_OfManyClients_ReachTheDaemonNowAndThen()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        var begin = Stopwatch.GetTimestamp();

        var answers = Enumerable.Range(0, 21).Select(_ => page.GetAsync($"/explain?peer=192.0.2.1&socket=127.0.0.1:{daemon.Port("echo")}"));
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(200, answer.Status));

        Assert.True(Stopwatch.GetElapsedTime(begin) >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Stream_OfARequestForItsHeadersAlone_Ends()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        using var client = await AskFromAsync(page, "127.0.0.1", "HEAD /events", "Connection: close\r\n");

        Assert.Contains("text/event-stream", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatSendsItsRequestSlowly_IsCutOff()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        using var slow = await TcpPeer.ConnectAsync(page.Client.BaseAddress!.Port);

        await slow.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");

        Assert.Contains("408", await slow.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_WithoutADescriptor_SaysSoAndRecovers()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);
        Assert.Equal((200, "ready\n"), await page.GetAsync("/readyz"));

        // The connection of the client stays.
        await LimitAsync(page, 8);
        await Deadline.UntilAsync(() => page.GetAsync("/readyz"), answer => answer.Status == 503, "the daemon cannot be asked");
        await LimitAsync(page, 512);
        await Deadline.UntilAsync(() => page.GetAsync("/readyz"), answer => answer.Status == 200, "the daemon is asked again");
    }

    [Fact]
    public async Task Page_WithTooFewDescriptors_DoesNotStart()
    {
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);

        var result = await Command.RunAsync(
            "prlimit", "--nofile=200:200", BuiltTree.Program, "web", "--control", daemon.Scratch["control.sock"]);

        Assert.Equal(71, result.Status);
        Assert.Contains("the page needs at least 272 descriptors", result.Errors, StringComparison.Ordinal);
    }

    private static string AddressOf(int client) => $"127.0.{1 + (client / 250)}.{1 + (client % 250)}";

    private static async Task<TcpPeer> AskFromAsync(WebPage page, string source, string request, string headers = "")
    {
        var client = await TcpPeer.ConnectAsync(page.Client.BaseAddress!.Port, "127.0.0.1", source);
        await client.SendAsync($"{request} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        return client;
    }

    /// <summary>Limits the descriptors of the page; root itself may not where it has fewer rights than usual.</summary>
    private static Task<string> LimitAsync(WebPage page, int most) => Command.OutputAsync(
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "prlimit", $"--pid={page.Pid}", $"--nofile={most}:");

    private static async Task<StreamReader?> TryWatchAsync(WebPage page)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events");
        var answer = await page.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        if (answer.IsSuccessStatusCode)
        {
            return new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        }

        answer.Dispose();
        return null;
    }
}
