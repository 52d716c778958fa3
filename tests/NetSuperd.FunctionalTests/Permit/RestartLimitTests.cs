using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>What two processes serve after a restart belongs to the same limits.</summary>
public sealed class RestartLimitTests
{
    [Theory]
    [InlineData("handler = \"echo\"")]
    [InlineData("exec = [\"/bin/cat\"]")]
    public async Task Restart_AtTheLimit_CountsWhatTheOldProcessKeeps(string service)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "few"

            [services.few]
            {service}
            max_connections = 2
            """);
        using var first = await daemon.ConnectAsync("p");
        using var second = await daemon.ConnectAsync("p");
        Assert.Equal("a", await first.TalkAsync("a"));
        Assert.Equal("b", await second.TalkAsync("b"));

        await daemon.RestartAsync();
        using var third = await daemon.ConnectAsync("p");
        await third.SendAsync("c");
        await daemon.WaitForEventAsync("LimitReached");
        Assert.Equal(2, Used(await daemon.StatusAsync()));
        Assert.Equal(2, (await daemon.ConnectionsAsync()).Count);

        first.Finish();
        Assert.Equal("", await first.ReadToEndAsync());
        Assert.Equal("c"u8.ToArray(), await third.ReceiveAsync(1));
        Assert.Equal("d", await second.TalkAsync("d"));
        Assert.Equal(2, Used(await daemon.StatusAsync()));
    }

    [Fact]
    public async Task Restart_ASourceAtItsLimit_StaysSo()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "few"

            [services.few]
            handler = "echo"
            max_per_source = 1
            """);
        using var first = await daemon.ConnectAsync("p");
        Assert.Equal("a", await first.TalkAsync("a"));

        await daemon.RestartAsync();
        await Deadline.UntilAsync(
            () => daemon.StatusAsync().GetAwaiter().GetResult().Services[0].Limits[1].Used == 1,
            "the new process knows the sources of the old one");

        using var second = await daemon.ConnectAsync("p");
        Assert.Equal("", await second.ReadToEndAsync());
        Assert.Equal("b", await first.TalkAsync("b"));
    }

    private static long Used(DaemonStatus status) => status.Services[0].Limits[0].Used;
}
