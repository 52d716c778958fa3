using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Web;

/// <summary>Operating the daemon from the page, which has no right to: the daemon verifies the token of the operator.</summary>
public sealed class OperateTests
{
    private const string Token = "correct-horse-battery-staple-0001";

    private static readonly string Map = WebPage.Map.Replace(
        "[daemon]", "[daemon]\noperator_token_file = \"%dir%/operator.token\"", StringComparison.Ordinal);

    public OperateTests() => Privilege.Require("the page runs as another user");

    [Fact]
    public async Task Order_WithTheToken_IsCarriedOut()
    {
        await using var daemon = await StartAsync();
        await using var page = await WebPage.StartAsync(daemon, "--operate");
        Assert.Contains("data-operate", (await page.GetAsync("/")).Text, StringComparison.Ordinal);

        Assert.Equal((200, 0), await OrderAsync(page, """{"command":"pause","service":"echo"}"""));
        await daemon.UntilAsync("echo", "paused");
        Assert.Equal((200, 0), await OrderAsync(page, """{"command":"resume","service":"echo"}"""));
        await daemon.UntilAsync("echo", "serving");
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await client.TalkAsync("a"));
        var live = (await daemon.ConnectionsAsync()).Single();
        Assert.Equal((200, 0), await OrderAsync(page, $$"""{"command":"abort","id":{{live.Id}}}"""));
        Assert.Equal("aborted", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
        daemon.Edit(map => map.Replace("allow = []", "allow = [\"127.0.0.1\"]", StringComparison.Ordinal));
        var (status, text) = await SendAsync(page, """{"command":"reload","dry_run":true}""", Token);
        Assert.Equal(200, status);
        var change = JsonDocument.Parse(text).RootElement.GetProperty("changes")[0];
        Assert.Equal("services.shut.allow", change.GetProperty("path").GetString());
        Assert.Equal((200, 0), await OrderAsync(page, """{"command":"reload"}"""));
    }

    [Theory]
    [InlineData("""{"command":"pause","service":"echo"}""", null, 401)]
    [InlineData("""{"command":"pause","service":"echo"}""", "incorrect-horse-battery-staple-01", 401)]
    [InlineData("""{"command":"stop"}""", Token, 200)]
    [InlineData("""{"command":"pause","service":"echo","other":1}""", Token, 400)]
    [InlineData("""{"command":"nothing"}""", Token, 400)]
    [InlineData("pause", Token, 400)]
    public async Task Order_ThatIsNotAllowed_ChangesNothing(string order, string? token, int expected)
    {
        await using var daemon = await StartAsync();
        await using var page = await WebPage.StartAsync(daemon, "--operate");

        var (status, text) = await SendAsync(page, order, token);

        Assert.Equal(expected, status);
        Assert.NotEqual(0, JsonDocument.Parse(text).RootElement.GetProperty("status").GetInt32());
        Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
        Assert.Equal("serving", (await daemon.StatusAsync()).Services.Single(service => service.Name == "echo").State);
    }

    [Fact]
    public async Task Order_AsAFormOfAnotherPage_OrToAPageThatOnlyShows_ChangesNothing()
    {
        await using var daemon = await StartAsync();
        await using var page = await WebPage.StartAsync(daemon, "--operate");
        await using var shows = await WebPage.StartAsync(daemon);
        const string order = """{"command":"pause","service":"echo"}""";

        Assert.Equal(400, (await SendAsync(page, order, Token, "text/plain")).Status);
        Assert.Equal(403, (await SendAsync(page, order, Token, origin: "http://evil.example")).Status);
        Assert.Equal(403, (await SendAsync(shows, order, Token)).Status);
        Assert.Equal(400, (await SendAsync(page, new string(' ', 5000), Token)).Status);
        Assert.Equal("serving", (await daemon.StatusAsync()).Services.Single(service => service.Name == "echo").State);
    }

    private static Task<Daemon> StartAsync() => Daemon.StartAsync(Map, new DaemonSetup
    {
        Prepare = scratch =>
        {
            File.SetUnixFileMode(scratch.Folder, File.GetUnixFileMode(scratch.Folder) | UnixFileMode.OtherExecute);
            File.SetUnixFileMode(scratch.Write("operator.token", Token + "\n"), UnixFileMode.UserRead);
        },
    });

    private static async Task<(int Status, int Outcome)> OrderAsync(WebPage page, string order)
    {
        var (status, text) = await SendAsync(page, order, Token);
        return (status, JsonDocument.Parse(text).RootElement.GetProperty("status").GetInt32());
    }

    private static async Task<(int Status, string Text)> SendAsync(
        WebPage page, string order, string? token, string type = "application/json", string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/operate") { Content = new StringContent(order, Encoding.UTF8, type) };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TryAddWithoutValidation("Origin", origin ?? page.Client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        return await page.SendAsync(request);
    }
}
