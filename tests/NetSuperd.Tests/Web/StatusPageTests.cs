using System.Text.Json;
using NetSuperd.Control;
using NetSuperd.Server.Tally;
using NetSuperd.Web;

namespace NetSuperd.Tests.Web;

/// <summary>The status page as HTML, without a browser.</summary>
public sealed class StatusPageTests
{
    private const string Strange = "<script>alert('1')</script>";

    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Page_OfAStatus_HasItsFacts()
    {
        var page = Render(Status(Service("echo", "serving"), Service("imap", "failed", "cannot bind 192.0.2.9:143")));

        Assert.Contains("Serving 1 service; failed: imap", page, StringComparison.Ordinal);
        Assert.Contains("cannot bind 192.0.2.9:143", page, StringComparison.Ordinal);
        Assert.Contains("aria-valuetext=\"7 of 1000\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_WithTextsOfStrangers_HasThemAsText()
    {
        var connection = new ListedConnection(1, Strange, "UNIX", Strange, Strange, Now, 1, 2, 3, Strange, null, null, 1);
        var explained = ControlAnswer.Of(0, Strange);

        var services = Status(Service(Strange, Strange, Strange));
        var page = StatusPage.Render(services, Now, null, true, explained, Strange, Strange, [connection]);

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_OfAServiceWithTheNameOfASlot_FillsNoSlotTwice() =>
        Assert.Contains("<b>{{words}}</b>", Render(Status(Service("{{words}}", "serving"))), StringComparison.Ordinal);

    [Fact]
    public void Page_OfAStatus_HasItForTheScripts()
    {
        var state = JsonDocument.Parse(StateOf(Render(Status(Service(Strange, "serving"))))).RootElement;

        Assert.Equal(Now, state.GetProperty("at").GetDateTimeOffset());
        Assert.Equal(Strange, state.GetProperty("daemon").GetProperty("services")[0].GetProperty("name").GetString());
        Assert.Empty(StateOf(StatusPage.Render(null, Now, "no daemon answers at /run/x", operates: false, explained: null)));
    }

    [Fact]
    public void Page_OfManyServices_LeavesTheStateToTheStream() =>
        Assert.Empty(StateOf(Render(Status([.. Enumerable.Range(0, 1000).Select(number => Service($"service-{number}", "serving"))]))));

    [Fact]
    public void Page_WithoutADaemon_SaysWhy()
    {
        var page = StatusPage.Render(null, Now, "no daemon answers at /run/x", operates: false, explained: null);

        Assert.Contains("The daemon does not answer", page, StringComparison.Ordinal);
        Assert.Contains("no daemon answers at /run/x", page, StringComparison.Ordinal);
        Assert.Contains("Nothing is known yet.", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Page_ThatOperates_SaysSoToItsModules(bool operates) => Assert.Equal(
        operates,
        StatusPage.Render(Status(), Now, null, operates, null).Contains("<html lang=\"en\" data-operate>", StringComparison.Ordinal));

    [Theory]
    [InlineData(0L, "0 B")]
    [InlineData(1023L, "1,023 B")]
    [InlineData(1536L, "1.5 KiB")]
    [InlineData(209715200L, "200 MiB")]
    public void Bytes_AreInTheUnitsOfTheMap(long bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));

    private static string Render(DaemonStatus status) => StatusPage.Render(status, Now, null, operates: false, explained: null);

    private static string StateOf(string page) =>
        page.Split("<script type=\"application/json\" id=\"state\">")[1].Split("</script>")[0];

    private static DaemonStatus Status(params ServiceStatus[] services) => new(
        812, Now.AddHours(-2), Now.AddHours(-1), "/etc/netsuperd/netsuperd.toml", 7, services, [], null, []);

    private static ServiceStatus Service(string name, string state, string? reason = null) => new(
        name, "handler", state, reason, Now.AddMinutes(-5), 7, new Dictionary<string, long> { [name] = 3 },
        new Dictionary<string, long> { ["address"] = 1 }, [new LimitUse("max_connections", 7, 1000)]);
}
