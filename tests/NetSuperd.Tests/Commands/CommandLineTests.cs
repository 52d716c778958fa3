using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>What the command line takes, and what it says of a mistake.</summary>
public sealed class CommandLineTests : IAsyncDisposable
{
    private readonly DaemonStandIn _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("there is no command 'statsu'; did you mean 'status'?", "statsu")]
    [InlineData("there is no command 'chekc'; did you mean 'check'?", "chekc", "--show")]
    [InlineData("there is no command 'frobnicate'", "frobnicate")]
    [InlineData("there is no option '--jsn'; did you mean '--json'?", "status", "--jsn")]
    [InlineData("there is no option '--shwo'; did you mean '--show'? (a file of that name is ./--shwo)", "check", "--shwo")]
    [InlineData("Name the map once: as FILE or with --config.", "check", "a.toml", "--config", "a.toml")]
    public async Task Word_ThatIsWrong_NamesTheOneThatWasMeant(string said, params string[] words) =>
        Assert.Equal((64, "", $"netsuperd: {said}\nTry 'netsuperd --help'.\n"), await RunAsync(words));

    [Theory]
    [InlineData]
    [InlineData("-c")]
    [InlineData("--config")]
    public async Task Check_AMap_ByWordOrOption_EndsWithTheNumberOfProblems(params string[] option)
    {
        var map = _folder.Write("map.toml", "[ports]\n10007 = \"ecko\"\n10009 = 7\n");

        var (status, output, errors) = await RunAsync(["check", .. option, map]);

        Assert.Equal((78, ""), (status, output));
        Assert.Contains($"{map}:3:9: error: ", errors, StringComparison.Ordinal);
        Assert.EndsWith("\n2 errors, 0 warnings\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AMapWithAWarning_CountsIt()
    {
        var map = _folder.Write("map.toml", "[ports]\n10007 = \"echo\"\n[services.unused]\nhandler = \"echo\"\n");

        var (status, _, errors) = await RunAsync("check", map);

        Assert.Equal(0, status);
        Assert.EndsWith("\n0 errors, 1 warning\n", errors, StringComparison.Ordinal);
    }
}
