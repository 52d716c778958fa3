using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The plugins that the documentation shows, from their folders to running.</summary>
[OnWindows]
public sealed class ReadmePluginTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Plugin_OfTheDocumentation_Answers()
    {
        var handler = plugins.Shown[0].Handler;
        await using var daemon = await plugins.StartAsync(handler);
        using var client = await daemon.ConnectAsync(handler);

        Assert.NotEqual("", await client.ExchangeAsync("TEST\n"));
        Assert.Equal("closed", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }

    [Fact]
    public async Task DatagramPlugin_OfTheDocumentation_Answers()
    {
        await using var daemon = await Daemon.StartAsync(
            $"[ports]\n\"%loud%/udp\" = \"{plugins.Shown[1].Handler}\"\n[daemon]\nplugins = \"{plugins.Folder}\"\n");
        using var client = DatagramPeer.Of(daemon.Port("loud"));

        Assert.Equal("HELLO\n", await client.AskAsync("hello\n"));
    }
}
