using NetSuperd.Commands;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>Which daemon a command asks: the control socket that <c>--control</c> or the map of <c>--config</c> names.</summary>
public sealed class DaemonArgumentsTests : IAsyncDisposable
{
    private readonly DaemonStandIn _daemon = new();

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Fact]
    public async Task Path_TooLongForASocket_Is64()
    {
        var (status, _, errors) = await RunAsync("status", "--control", "/" + new string('x', 200));

        Assert.Equal(64, status);
        Assert.Contains("107", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Path_Relative_IsThatOfTheWorkingFolder()
    {
        _daemon.Start();
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), _daemon.Place);

        Assert.Equal((0, "", ""), await RunAsync("reload", "--control", relative));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n[services.x]\nexec = [\"/no/such/program\"]\nusr = 1\n")]
    public async Task Config_ItsControlKey_SaysWhereEvenWhereTheMapIsBroken(string rest)
    {
        _daemon.Start();
        var map = _daemon.Write("map.toml", "[daemon]\ncontrol = \"control.sock\"\n[ports]\n7 = \"echo\"\n" + rest);

        Assert.Equal((0, "", ""), await RunAsync("reload", "--config", map));
        Assert.Single(_daemon.Requests);
    }

    [Theory]
    [InlineData("[daemon]\ncontrol = \"other.sock\"\n[ports\n7 = \"echo\"\n", "3:")]
    [InlineData("[deamon]\ncontrol = \"other.sock\"\n[ports]\n7 = \"echo\"\n", "1:")]
    [InlineData("[daemon]\ncontrol = 7\n[ports]\n7 = \"echo\"\n", "2:")]
    public async Task Config_WhoseControlKeyIsLostToAnError_NeverMeansTheDefaultDaemon(string text, string line)
    {
        var map = _daemon.Write("map.toml", text);

        var (status, output, errors) = await RunAsync("status", "--config", map);

        Assert.Equal((78, ""), (status, output));
        Assert.Contains($"{map}:{line}", errors, StringComparison.Ordinal);
        Assert.Contains("--control", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# [daemon] control = \"x\"\n[ports\n")]
    [InlineData("[ports]\n7 = \"ecko\"\n")]
    public void Config_BrokenWithoutAControlKey_MeansTheDefaultDaemon(string text) => Assert.Equal(
        MapArguments.Host.Process.Surroundings().DefaultControl, DaemonArguments.Find(null, _daemon.Write("map.toml", text)).Path);

    [Fact]
    public async Task Config_Missing_Is66()
    {
        var (status, _, errors) = await RunAsync("status", "--config", "/no/such/map.toml");

        Assert.Equal(66, status);
        Assert.Contains("/no/such/map.toml", errors, StringComparison.Ordinal);
    }
}
