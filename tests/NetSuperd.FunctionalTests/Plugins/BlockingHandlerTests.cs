using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Handlers that hold threads, whichever way, hold up their own connections only.</summary>
public sealed class BlockingHandlerTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private const int Connections = 99;

    [Theory]
    [InlineData("holds-sleep", "Thread.Sleep or ")]
    [InlineData("holds-read", "Stream.Read")]
    [InlineData("holds-file", "the system call read")]
    [InlineData("holds-result", ".Result or ")]
    [InlineData("holds-lock", "a lock, ")]
    [InlineData("holds-elsewhere", "another wait without a time limit")]
    [InlineData("holds-tasks", "another wait without a time limit")]
    public async Task Handler_ThatHoldsThreads_IsNamedWithItsCallAndOtherHandlersRun(string handler, string call)
    {
        await using var daemon = await StartAsync(handler, "1s");
        var holding = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => daemon.ConnectAsync("holds")));
        await Task.WhenAll(holding.Select(client => client.ReceiveAsync(5)));

        var named = await daemon.WaitForEventAsync("HandlerBlocks");
        Assert.Equal(("holds", handler), (named["Service"], named["Handler"]));
        Assert.Contains(call, named["Call"], StringComparison.Ordinal);
        Assert.Equal("TEST", await ExchangeAsync(daemon, "echo"));
        Assert.Equal("TEST", await ExchangeAsync(daemon, "child"));
        Assert.Contains("holds", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        await daemon.DoAsync("reload");
        Assert.Equal(0, await daemon.StopAsync());
        Assert.All(holding, client => client.Dispose());
        Assert.DoesNotContain(daemon.Events, found => found.Name == "HandlerBlocks" && found["Service"] != "holds");
    }

    [Theory]
    [InlineData("")]
    [InlineData("worker = \"own\"")]
    public async Task Handlers_BesideThreeHundredBlockedClients_Answer(string where)
    {
        await using var daemon = await WorkerDaemon.StartAsync(
            plugins,
            $"""
            [services.holds]
            handler = "holds-read"
            {where}
            [services.counts]
            handler = "counts-held"
            {where}
            [services.inside]
            handler = "counts-held"
            """,
            "1s");
        var holding = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => daemon.ConnectAsync("holds")));
        await Deadline.UntilAsync(() => AnswerAsync(daemon, "counts"), held => held == "300", "300 handlers that block");

        Assert.Equal(where == "" ? "300" : "0", await AnswerAsync(daemon, "inside"));
        Assert.Equal("TEST", await ExchangeAsync(daemon, "echo"));
        Assert.Equal("300", await AnswerAsync(daemon, "counts"));
        Assert.Equal("Stream.Read", (await daemon.WaitForEventAsync("HandlerBlocks"))["Call"]);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ConnectionEnded" && found["Service"] == "holds");
        Assert.All(holding, client => client.Dispose());
    }

    private static async Task<string> AnswerAsync(Daemon daemon, string service)
    {
        using var client = await daemon.ConnectAsync(service);
        return await client.ReadToEndAsync();
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
