namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The plugin that the documentation shows, from its folder to running.</summary>
[Collection("plugins")]
public sealed class ReadmePluginTests(BuiltPlugins plugins)
{
    [Fact]
    public async Task Plugin_OfTheDocumentation_Answers()
    {
        await using var daemon = await plugins.StartAsync(plugins.Shown.Handler);
        using var client = await daemon.ConnectAsync(plugins.Shown.Handler);

        Assert.NotEqual("", await client.ExchangeAsync("TEST\n"));
        Assert.Equal("closed", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }
}
