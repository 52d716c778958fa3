using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Whatever a handler does costs its own connection only.</summary>
[OnWindows]
public sealed class HandlerTroubleTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Theory]
    [InlineData("throws")]
    [InlineData("throws-at-once")]
    public async Task Handler_ThatThrows_EndsItsOwnConnectionOnly(string handler)
    {
        await using var daemon = await plugins.StartAsync(
            new DaemonSetup { Expected = ["HandlerFailed"] }, "2s", "format = \"json\"", handler);
        using var bystander = await daemon.ConnectAsync("echo");
        await bystander.SendAsync("TE");
        using var client = await daemon.ConnectAsync(handler.Replace("-", "", StringComparison.Ordinal));
        if (handler == "throws")
        {
            await client.SendAsync("TEST");
        }

        await HandlerCallTests.AssertResetAsync(client);
        var failed = await daemon.WaitForEventAsync("HandlerFailed");
        Assert.Equal((4001, handler, client.Name), (failed.Id, failed["Service"], failed["Peer"]));
        Assert.Equal("failed", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
        Assert.Equal("ST", (await bystander.ExchangeAsync("ST"))[^2..]);
    }

    [Fact]
    public async Task Handler_ThatReturnsEarly_ClosesInOrder()
    {
        await using var daemon = await plugins.StartAsync("early");
        using var client = await daemon.ConnectAsync("early");
        await client.SendAsync(Encoding.ASCII.GetBytes(new string('x', 30_000)));

        // A reset could overtake the answer, or replace it.
        Assert.Equal("enough", await client.ReadToEndAsync());
        client.Finish();
        Assert.Equal("closed", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }

    [Fact]
    public async Task Handler_ThatIgnoresItsToken_IsAbortedAfterTheDrain()
    {
        await using var daemon = await plugins.StartAsync(new DaemonSetup(), "300ms", "format = \"json\"", "deaf");
        using var client = await daemon.ConnectAsync("deaf");
        await client.ReceiveAsync(5);

        Assert.Equal(0, await daemon.StopAsync());
        await HandlerCallTests.AssertResetAsync(client);
        Assert.Equal("aborted", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "HandlerLeft");
    }

    [Fact]
    public async Task Handler_ThatNeverReturns_IsLeftAndNamed()
    {
        await using var daemon = await plugins.StartAsync(new DaemonSetup(), "300ms", "format = \"json\"", "lost");
        using var client = await daemon.ConnectAsync("lost");
        await client.ReceiveAsync(5);

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("lost", (await daemon.WaitForEventAsync("HandlerLeft"))["Service"]);
        Assert.Equal("aborted", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }

    [Fact]
    public async Task Handler_ThatBlocks_IsNamedAndOthersAreServed()
    {
        await using var daemon = await plugins.StartAsync(new DaemonSetup(), "5s", "format = \"json\"", "blocks");
        var blocked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => daemon.ConnectAsync("blocks")));

        var named = await daemon.WaitForEventAsync("HandlerBlocks");
        Assert.Equal((4002, "blocks"), (named.Id, named["Service"]));
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        foreach (var peer in blocked)
        {
            Assert.Equal("", await peer.ReadToEndAsync());
            peer.Dispose();
        }
    }

    [Fact]
    public async Task Handler_ThatBlocksAfterASocketOfItsOwn_DelaysNoOtherClient()
    {
        await using var daemon = await plugins.StartAsync(new DaemonSetup(), "5s", "format = \"json\"", "borrows", "releases");
        var blocked = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount + 2).Select(_ => daemon.ConnectAsync("borrows")));
        foreach (var peer in blocked)
        {
            await peer.ReceiveAsync(5);
        }

        for (var i = 0; i < 20; i++)
        {
            using var client = await daemon.ConnectAsync("echo");
            Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        }

        Assert.DoesNotContain(daemon.Events, found => found.Name == "ConnectionEnded" && found["Service"] == "borrows");
        using var release = await daemon.ConnectAsync("releases");
        foreach (var peer in blocked)
        {
            Assert.Equal("", await peer.ReadToEndAsync());
            peer.Dispose();
        }
    }

    [Fact]
    public async Task Handler_ThatLogsWhatAPeerSent_WritesNoLineOfThePeer()
    {
        await using var daemon = await plugins.StartAsync(
            new DaemonSetup { LogFile = "daemon.log" }, "2s", "target = \"file\"\nfile = \"daemon.log\"", "careless");
        using var client = await daemon.ConnectAsync("careless");
        await client.ExchangeAsync("word\n2026-01-01T00:00:00.000Z error FORGED\r\u001b[2J {Word}");
        Assert.Equal(0, await daemon.StopAsync());

        var log = await File.ReadAllTextAsync(daemon.Scratch["daemon.log"], TestContext.Current.CancellationToken);
        Assert.Equal(2, log.Split("FORGED").Length - 1);
        Assert.DoesNotContain(log.Split('\n'), line => line.StartsWith("2026-01-01T00:00:00.000Z error FORGED", StringComparison.Ordinal));
        Assert.DoesNotContain(log, letter => letter != '\n' && char.IsControl(letter));
    }
}
