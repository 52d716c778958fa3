using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>
/// What a plugin has the daemon call, beside its handler, throws or does not return: the daemon keeps serving, and stops in order.
/// </summary>
[OnWindows]
public sealed class CallbackTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_WithACallbackThatFails_IsInOrder(bool throws)
    {
        await using var daemon = await StartAsync("calls-back", $"throws = {(throws ? "true" : "false")}", throws ? ["HandlerFailed"] : []);
        using var failing = await daemon.ConnectAsync("mine");
        await failing.ReceiveAsync(5);
        using var waiting = await daemon.ConnectAsync("echo");
        await waiting.SendAsync("TEST");
        Assert.Equal("TEST"u8.ToArray(), await waiting.ReceiveAsync(4));

        Assert.Equal(0, await daemon.StopAsync());

        Assert.False(File.Exists(daemon.Scratch["daemon.pid"]));
        Assert.Equal("", await waiting.ReadToEndAsync());
        Assert.Contains(daemon.Events, found => found.Name == "Stopped");
        Assert.Equal("mine", (await daemon.WaitForEventAsync(throws ? "HandlerFailed" : "HandlerLeft"))["Service"]);
    }

    [Fact]
    public async Task Abort_WithACallbackThatThrows_EndsItsOwnConnectionOnly()
    {
        await using var daemon = await StartAsync("calls-back", "throws = true", ["HandlerFailed"]);
        using var failing = await daemon.ConnectAsync("mine");
        await failing.ReceiveAsync(5);
        await daemon.DoAsync("abort", id: 1);

        await HandlerCallTests.AssertResetAsync(failing);
        Assert.Equal("mine", (await daemon.WaitForEventAsync("HandlerFailed"))["Service"]);
        Assert.Equal("aborted", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task Stop_WithAHandlerThatIsNeverDisposed_StillEnds()
    {
        await using var daemon = await StartAsync("hangs-at-end", "", []);

        Assert.Equal(0, await daemon.StopAsync());

        Assert.False(File.Exists(daemon.Scratch["daemon.pid"]));
        Assert.Equal("mine", (await daemon.WaitForEventAsync("HandlerDisposeHangs"))["Service"]);
    }

    [Fact]
    public async Task Log_OfAnExceptionThatCannotBeWritten_Continues()
    {
        await using var daemon = await StartAsync("throws-unwritable", "", []);
        using var failing = await daemon.ConnectAsync("mine");
        await HandlerCallTests.AssertResetAsync(failing);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal("mine", (await daemon.WaitForEventAsync("HandlerBlocks"))["Service"]);
        Assert.Equal(0, await daemon.StopAsync());
    }

    private Task<Daemon> StartAsync(string handler, string setting, string[] expected) => Daemon.StartAsync(
        $$"""
        [ports]
        %echo% = "echo"
        %mine% = "mine"
        [services.mine]
        handler = "{{handler}}"
        settings = { {{setting}} }
        [daemon]
        plugins = "{{plugins.Folder}}"
        pid_file = "%dir%/daemon.pid"
        drain = "1s"
        [log]
        format = "json"
        """,
        new DaemonSetup { Expected = expected });
}
