using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary><c>run --port</c> without a file.</summary>
[OnWindows]
public sealed class PortArgumentTests
{
    [Fact]
    public async Task Run_PortsWithoutAFile_ServeTheExample()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await Daemon.StartAsync("", new DaemonSetup
        {
            Through = network.EnterWithOwnRun,
            Arguments = ["--port", "2005=custom", "--port", "7=echo"],
        });

        Assert.Equal(new CommandResult(0, "Received: TEST\n", ""), await network.SendAsync("127.0.0.1", "TEST", "2005"));
        Assert.Equal(new CommandResult(0, "Received: TEST\n", ""), await network.SendAsync("127.0.0.1", "TEST"));
        await daemon.Log.FindAsync(
            line => line.EndsWith("Handling client 127.0.0.1", StringComparison.Ordinal) ? line : null, "line for the client");
    }
}
