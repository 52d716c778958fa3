using System.Text;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 9112, as far as a server needs it that answers one request.</summary>
public sealed class HttpHealthHandlerTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: it\r\n\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_WhereAllServe_IsWholeAndEndsTheConnection() => Assert.Equal(
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
            + "Cache-Control: no-store\r\nConnection: close\r\n\r\nok\n",
        await AskAsync(Get, "serving"));

    [Fact]
    public async Task Answer_WhereSomeDoNotServe_NamesThem()
    {
        var answer = await AskAsync(Get, "paused", "serving", "failed");

        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\nContent-Length: 22\r\nCache-Control: no-store\r\nConnection: close\r\n\r\ns0: paused\ns2: failed\n", answer);
    }

    [Theory]
    [InlineData("serving", "200 OK", 3)]
    [InlineData("paused", "503 Service Unavailable", 11)]
    public async Task Head_IsTheAnswerOfGetWithoutItsContent(string state, string status, int length)
    {
        var answer = await AskAsync("HEAD /healthz HTTP/1.0\r\n\r\n", state);

        Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {length}\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n", 200)]
    [InlineData("GET /any/path?q=%00 HTTP/1.1\r\nhost:\r\nX:\ta \u00e9\r\n\r\n", 200)]
    [InlineData("GET http://it/ HTTP/1.9\r\nHost: it\r\n\r\n", 200)]
    [InlineData("GET / HTTP/1.1\r\nHost: it\r\nContent-Length: 9\r\n\r\nwhatever\n", 200)]
    [InlineData("POST / HTTP/1.1\r\nHost: it\r\nContent-Length: 0\r\n\r\n", 405)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: it\r\n\r\n", 405)]
    [InlineData("CONNECT it:22 HTTP/1.1\r\nHost: it\r\n\r\n", 405)]
    [InlineData("get / HTTP/1.1\r\nHost: it\r\n\r\n", 405)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET a HTTP/1.0\r\n\r\n", 400)]
    [InlineData("GET /\r\n\r\n", 400)]
    [InlineData("\r\nGET / HTTP/1.0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.0\r\nX: a\0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.0\r\n", 400)]
    public async Task Status_IsByTheRequest(string request, int status)
    {
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync(request, "serving"), StringComparison.Ordinal);
        string[] bytes = [.. request.Select(letter => $"{letter}")];
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync(bytes, ["serving"]), StringComparison.Ordinal);
    }

    // The client has not ended: what is wrong already is not waited for.
    [Theory]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("GET / HTTP/1.0\n")]
    [InlineData("GET / HTTP/1.0\r\rHost: a")]
    public async Task Request_OfAnotherProtocol_IsRefusedBeforeItsEnd(string request)
    {
        var connection = new FakeConnection();
        connection.PeerSends(Encoding.Latin1.GetBytes(request));

        await Handler("serving").HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", Encoding.ASCII.GetString(connection.Sent), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8192, 200)]
    [InlineData(8193, 431)]
    [InlineData(1_000_000, 431)]
    public async Task Head_OfMoreThan8KiB_IsRefusedUnread(int length, int status)
    {
        const string Start = "GET / HTTP/1.0\r\nX: ";
        var connection = new FakeConnection();
        connection.PeerSends(Encoding.ASCII.GetBytes(Start + new string('a', length - Start.Length - 4) + "\r\n\r\n"));

        await Handler("serving").HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString(connection.Sent), StringComparison.Ordinal);
        Assert.Equal(8192, connection.Receives.Sum());
    }

    [Fact]
    public async Task Client_ThatSendsNothing_GetsNothing() => Assert.Equal("", await AskAsync("", "serving"));

    [Theory]
    [InlineData(null, 10)]
    [InlineData("3s", 3)]
    public Task Request_WithoutAnEnd_IsClosedAfterTheTimeout(string? timeout, int seconds)
    {
        var info = timeout is null ? HandlerParts.Service() : HandlerParts.Service(("timeout", timeout));
        var clock = new FakeTimeProvider();
        return HandlerStop.AssertEndsAfterAsync(
            new HttpHealthHandler(info, new FakeView()) { Clock = clock }, clock, TimeSpan.FromSeconds(seconds), "GET /");
    }

    [Fact]
    public Task Stop_EndsAClientWithoutARequest() => HandlerStop.AssertEndsByTheTokenAsync(Handler(), new FakeConnection());

    [Theory]
    [InlineData("999ms")]
    [InlineData("61m")]
    public void Timeout_ThatIsWrong_IsAComplaint(string timeout) => Assert.Contains(
        "1s to 1h",
        Assert.Throws<SettingsException>(() => new HttpHealthHandler(HandlerParts.Service(("timeout", timeout)), new FakeView())).Message,
        StringComparison.Ordinal);

    private static HttpHealthHandler Handler(params string[] states) =>
        new(HandlerParts.Service(), new FakeView(states.Select((state, i) => FakeView.Service($"s{i}", state))))
        {
            Clock = HandlerParts.Clock("2026-01-01T00:00:00Z"),
        };

    private static Task<string> AskAsync(string request, params string[] states) => AskAsync([request], states);

    private static async Task<string> AskAsync(string[] parts, string[] states)
    {
        var connection = new FakeConnection();
        foreach (var part in parts.Where(part => part.Length > 0))
        {
            connection.PeerSends(Encoding.Latin1.GetBytes(part));
        }

        connection.PeerEnds();
        await Handler(states).HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);
        return Encoding.ASCII.GetString(connection.Sent);
    }
}
