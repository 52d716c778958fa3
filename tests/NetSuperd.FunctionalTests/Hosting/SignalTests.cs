using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>Signals that do not stop the daemon.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData(RunningProcess.SIGHUP)]
    [InlineData(RunningProcess.SIGUSR2)]
    public async Task Signal_NotImplementedYet_IsLoggedAndServingGoesOn(int signal)
    {
        await using var daemon = await StartAsync();

        daemon.Signal(signal);

        await daemon.WaitForEventAsync("SignalIgnored");
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Usr1_WithoutALogFile_ChangesNothing()
    {
        await using var daemon = await StartAsync();

        daemon.Signal(RunningProcess.SIGUSR1);

        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        await daemon.WaitForRecordAsync(client.Name);
    }

    private static Task<Daemon> StartAsync() => Daemon.StartAsync("""
        [ports]
        %echo% = "echo"
        """);
}
