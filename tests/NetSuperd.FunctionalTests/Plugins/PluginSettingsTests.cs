using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>What a plugin refuses is an error of the map, with its place.</summary>
[OnWindows]
public sealed class PluginSettingsTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Theory]
    [InlineData("count = 99", "12:9")]
    [InlineData("count = \"three\"", "12:9")]
    [InlineData("colour = \"red\"", "12:1")]
    public async Task Settings_ThatAreWrong_AreAnErrorAtTheirPlace(string setting, string place)
    {
        using var scratch = new Scratch();
        var map = Write(scratch, "strict", setting);

        var check = await Netsuperd.RunAsync("check", "--config", map);
        var run = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal((78, 78), (check.Status, run.Status));
        Assert.Contains($"{map}:{place}: error: ", check.Errors, StringComparison.Ordinal);
        Assert.Contains($"{map}:{place}: error: ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_ThatAreRight_ReachTheHandler()
    {
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            %p% = "counted"
            [services.counted]
            handler = "strict"
            settings = { count = 7 }
            [daemon]
            plugins = "{{plugins.Folder}}"
            """);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal(new byte[7], await client.ExchangeAsync(ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public async Task Constructor_ThatAsksForMore_IsAnErrorOfTheServiceThatNamesIt()
    {
        using var scratch = new Scratch();
        var map = Write(scratch, "demanding", "");

        var check = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(78, check.Status);
        Assert.Contains($"{map}:9:11: error: ", check.Errors, StringComparison.Ordinal);
        Assert.Contains("HttpClient", check.Errors, StringComparison.Ordinal);
    }

    private string Write(Scratch scratch, string handler, string setting) => scratch.Write("map.toml", $"""
        [daemon]
        plugins = "{plugins.Folder}"

        [ports]
        {FreePorts.Next()} = "mine"

        [services.mine]
        # the handler
        handler = "{handler}"

        [services.mine.settings]
        {setting}
        """);
}
