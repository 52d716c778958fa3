using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>Signals that do not stop the daemon.</summary>
public sealed class SignalTests
{
    private const string Map = """
        [ports]
        %echo% = "echo"
        """;

    [Theory]
    [InlineData(RunningProcess.SIGTERM)]
    [InlineData(RunningProcess.SIGINT)]
    public async Task Stop_SignalsBlockedByTheParent_Works(int signal)
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup
        {
            Through =
            [
                "/usr/bin/perl", "-MPOSIX", "-e",
                "sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2)) or die; exec @ARGV",
            ],
        });
        daemon.Signal(RunningProcess.SIGHUP);
        await daemon.WaitForEventAsync("Reloaded");

        Assert.Equal(0, await daemon.StopAsync(signal));
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

    private static Task<Daemon> StartAsync() => Daemon.StartAsync(Map);
}
