using System.Text;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>HAProxy's configuration manual, <c>agent-check</c>: one line of words, and a description after <c>#</c>.</summary>
public sealed class AgentCheckHandlerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("serving", "serving", "up ready 100%\n")]
    [InlineData("paused", "serving", "drain #web paused\n")]
    [InlineData("paused", "stopped", "stopped #web paused, db stopped\n")]
    [InlineData("serving", "disabled", "stopped #db disabled\n")]
    [InlineData("paused", "failed", "down #web paused, db failed\n")]
    [InlineData("starting", "serving", "down #web starting\n")]
    [InlineData("a later word", "serving", "down #web a later word\n")]
    public async Task Line_TellsTheWorstState(string web, string db, string line) => Assert.Equal(
        line, await HearAsync(new FakeView(FakeView.Service("web", web), FakeView.Service("db", db)), Services("web", "db")));

    [Theory]
    [InlineData(100, 100, null, null, 100)]
    [InlineData(50, 200, 30, 40, 25)]
    [InlineData(199, 200, null, null, 99)]
    [InlineData(0, 200, 40, 40, 1)]
    [InlineData(0, 0, null, null, 100)]
    public async Task Weight_IsTheFreeShareOfTheFullestService(int free, int places, int? otherFree, int? otherPlaces, int percent) =>
        Assert.Equal(
            $"up ready {percent}%\n",
            await HearAsync(new FakeView(
                FakeView.Service("web", "serving", free, places), FakeView.Service("db", "serving", otherFree, otherPlaces))));

    [Fact]
    public async Task Services_ByDefault_AreAllThatServeClients()
    {
        var view = new FakeView(
            FakeView.Service("web", "serving"),
            FakeView.Service("off", "disabled"),
            FakeView.Service("agent", "paused") with { Handler = "agent-check" },
            FakeView.Service("health", "failed") with { Handler = "http-health" });

        Assert.Equal("up ready 100%\n", await HearAsync(view));
        Assert.Equal("stopped #off disabled, gone disabled\n", await HearAsync(view, Services("off", "gone")));
    }

    [Fact]
    public async Task Description_OfManyServices_IsShort() => Assert.Equal(
        "down #s1 failed, s2 failed, s3 failed, s4 failed, s5 failed, 1995 more\n",
        await HearAsync(new FakeView(Enumerable.Range(1, 2000).Select(number => FakeView.Service($"s{number}", "failed")))));

    [Theory]
    [InlineData("0.00 0.00 0.00 1/100 1\n", 4, 100)]
    [InlineData("3.00 0.00 0.00 1/100 1\n", 4, 25)]
    [InlineData("0.25 9.00 9.00 1/100 1\n", 1, 75)]
    [InlineData("64.00 0.00 0.00 1/100 1\n", 4, 0)]
    public void Load_LeavesAShareOfTheProcessors(string file, int processors, int percent) =>
        Assert.Equal(percent, LoadAverage.IdlePercent(file, processors));

    [Fact]
    public async Task Load_OfThisHost_CountsWhereTheSettingsSayIt()
    {
        var line = await HearAsync(new FakeView(FakeView.Service("web", "serving", 7, 100)), ("load", true));

        Assert.InRange(int.Parse(line["up ready ".Length..].TrimEnd('%', '\n'), System.Globalization.CultureInfo.InvariantCulture), 1, 7);
    }

    [Theory]
    [InlineData(new string[0], "'services' has no service")]
    [InlineData(new[] { "a", "b", "a" }, "lists 'a' twice")]
    public void Setting_ThatIsWrong_IsAComplaint(string[] services, string says) => Assert.Contains(
        says,
        Assert.Throws<SettingsException>(() => new AgentCheckHandler(HandlerParts.Service(("services", services)), new FakeView())).Message,
        StringComparison.Ordinal);

    private static (string Key, object Value) Services(params string[] names) => ("services", names);

    private static async Task<string> HearAsync(FakeView view, params (string Key, object Value)[] settings)
    {
        var connection = new FakeConnection();
        await new AgentCheckHandler(HandlerParts.Service(settings), view).HandleAsync(connection, Cancel);

        // HAProxy's agent-send is not waited for: the orderly close discards it.
        Assert.Equal(["send"], connection.Calls);
        return Encoding.ASCII.GetString(connection.Sent);
    }
}
