using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Handlers that hold threads, whichever way, hold up their own connections only.</summary>
[Collection("plugins")]
public sealed class BlockingHandlerTests(BuiltPlugins plugins)
{
    private const int Connections = 99;

    [Theory]
    [InlineData("holds-sleep")]
    [InlineData("holds-read")]
    [InlineData("holds-result")]
    [InlineData("holds-lock")]
    [InlineData("holds-elsewhere")]
    [InlineData("holds-tasks")]
    public async Task Handler_ThatHoldsThreads_IsNamedAndOtherHandlersRun(string handler)
    {
        await using var daemon = await StartAsync(handler, "1s");
        var holding = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => daemon.ConnectAsync("holds")));
        await Task.WhenAll(holding.Select(client => client.ReceiveAsync(5)));

        Assert.Equal("holds", (await daemon.WaitForEventAsync("HandlerBlocks"))["Service"]);
        Assert.Equal("TEST", await ExchangeAsync(daemon, "echo"));
        Assert.Equal("TEST", await ExchangeAsync(daemon, "child"));
        Assert.Contains("holds", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        await daemon.DoAsync("reload");
        Assert.Equal(0, await daemon.StopAsync());
        Assert.All(holding, client => client.Dispose());
        Assert.DoesNotContain(daemon.Events, found => found.Name == "HandlerBlocks" && found["Service"] != "holds");
    }

    private static async Task<string> ExchangeAsync(Daemon daemon, string service)
    {
        using var client = await daemon.ConnectAsync(service);
        return await client.ExchangeAsync("TEST");
    }

    private Task<Daemon> StartAsync(string handler, string drain) => Daemon.StartAsync($$"""
        [ports]
        %echo% = "echo"
        %child% = "child"
        %holds% = "holds"
        [services.holds]
        handler = "{{handler}}"
        [services.child]
        exec = ["/bin/cat"]
        user = "{{Environment.UserName}}"
        [daemon]
        plugins = "{{plugins.Folder}}"
        drain = "{{drain}}"
        [log]
        format = "json"
        """);
}
