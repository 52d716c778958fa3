using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>A plugin that passes its connections to other services.</summary>
public sealed class ServiceSwitchTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private string Map => $"""
        [ports]
        "%door%" = "doorman"
        [daemon]
        plugins = "{plugins.Folder}"
        [services.doorman]
        handler = "doorman"
        settings.a = "upper"
        settings.b = "shout"
        settings.c = "closed"
        [services.upper]
        exec = ["/usr/bin/tr", "a-z", "A-Z"]
        [services.shout]
        handler = "shout"
        [services.closed]
        handler = "shout"
        deny = ["0.0.0.0/0"]
        banner_refused = "come back later"
        """;

    [Theory]
    [InlineData("aword\n", "welcome\nWORD\n")]
    [InlineData("bword\n", "welcome\nWORD!\n")]
    [InlineData("cword\n", "come back later\r\n")]
    public async Task Connection_GoesToTheServiceThatThePluginChooses(string sent, string received)
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("door");

        Assert.Equal(received, await client.ExchangeAsync(sent));
    }

    [Fact]
    public async Task Service_ThatThePluginHasNotNamed_IsOutOfItsReach()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["HandlerFailed"] });
        using var client = await daemon.ConnectAsync("door");
        await client.SendAsync("x");

        var failure = await daemon.WaitForEventAsync("HandlerFailed");
        Assert.Contains("has not named the service 'unnamed'", $"{failure}", StringComparison.Ordinal);
    }
}
