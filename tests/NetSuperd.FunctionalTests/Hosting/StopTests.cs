using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>How the daemon stops: in order, within the drain, or at once.</summary>
public sealed class StopTests
{
    private const int SIGQUIT = 3;

    // Half of the drain that it has to come before.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    // Says that its trap is set, and then waits without a child of its own.
    private const string Stubborn = """
        [ports]
        %p% = "stubborn"
        [services.stubborn]
        exec = ["/usr/bin/perl", "-e", "$SIG{TERM} = 'IGNORE'; $| = 1; print 'ready'; sleep 1 while 1",
            ]
        """;

    [OnWindows]
    [Theory]
    [LinuxData(RunningProcess.SIGTERM)]
    [InlineData(RunningProcess.SIGINT)]
    [LinuxData(SIGQUIT)]
    public async Task Stop_WithConnections_ClosesThemInOrder(int signal)
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            %custom% = "custom"
            [daemon]
            drain = "60s"
            """);
        using var echo = await daemon.ConnectAsync("echo");
        using var custom = await daemon.ConnectAsync("custom");
        await echo.SendAsync("TEST");
        await echo.ReceiveAsync(4);
        await custom.SendAsync("TEST");
        await custom.ReceiveAsync(4);

        daemon.Signal(signal);

        Assert.Equal("", await echo.ReadToEndAsync());
        Assert.Equal("", await custom.ReadToEndAsync());
        echo.Dispose();
        custom.Dispose();
        Assert.Equal(0, await daemon.ExitAsync(Soon));
        Assert.Equal(["stopped", "stopped"], daemon.Events.Where(found => found.Name == "ConnectionEnded").Select(found => found["End"]));
        Assert.Equal(
            ["Stopping", "Stopped"],
            daemon.Events.Select(found => found.Name).Where(name => name.StartsWith("Stop", StringComparison.Ordinal)));
    }

    [OnWindows]
    [Theory]
    [InlineData("echo")]
    [InlineData("custom")]
    public async Task Stop_WhileAnAnswerIsUnderway_SendsItWhole(string service)
    {
        // Little room on both sides: most of it is still in the daemon when the stop comes.
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%p%" = { service = "{{service}}", send_buffer = "4KiB" }
            [daemon]
            drain = "60s"
            """);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await client.ConnectAsync("127.0.0.1", daemon.Port("p"), TestContext.Current.CancellationToken);
        var sent = new byte[20_000];
        new Random(1).NextBytes(sent);
        Assert.Equal(sent.Length, client.Send(sent));
        await daemon.WaitForEventAsync("ConnectionStarted");
        daemon.Signal(TestedSystem.Current.StopSignal);
        await daemon.WaitForEventAsync("Stopping");

        using var received = new MemoryStream();
        await using (var stream = new NetworkStream(client))
        {
            await Deadline.WithinAsync(stream.CopyToAsync(received, TestContext.Current.CancellationToken), "the end of transmission");
        }

        Assert.Equal(sent, received.ToArray());
        client.Dispose();
        Assert.Equal(0, await daemon.ExitAsync(Soon));
    }

    [Fact]
    public async Task Stop_WhileDraining_AcceptsNoClient()
    {
        await using var daemon = await Daemon.StartAsync(Stubborn + "\n[daemon]\ndrain = \"4s\"");
        using var client = await daemon.ConnectAsync("p");
        await client.ReceiveAsync(5);
        daemon.Signal(RunningProcess.SIGTERM);
        await daemon.WaitForEventAsync("Stopping");

        await Deadline.UntilAsync(() => Refused(daemon.Port("p")), "a refused client");
        Assert.False(daemon.HasExited);
        Assert.Equal(0, await daemon.ExitAsync(Soon));
    }

    [Fact]
    public async Task Stop_ChildThatFinishesItsWork_IsWaitedFor()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %p% = "worker"
            [services.worker]
            exec = [
                "/usr/bin/perl", "-e",
                "$| = 1; $SIG{TERM} = sub { select(undef, undef, undef, 0.3); print 'done'; exit 3 }; print 'ready'; sleep 1 while 1",
            ]
            [daemon]
            drain = "60s"
            """);
        using var client = await daemon.ConnectAsync("p");
        await client.ReceiveAsync(5);

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal("done", await client.ReadToEndAsync());
        Assert.Equal(0, await daemon.ExitAsync(Soon));
        var end = await daemon.WaitForEventAsync("ChildEnded");
        Assert.Equal("exited", end["End"]);
        Assert.EndsWith("status 3", end["Detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ChildThatIgnoresTerm_IsKilledAfterTheDrain()
    {
        await using var daemon = await Daemon.StartAsync(Stubborn + "\n[daemon]\ndrain = \"300ms\"");
        using var client = await daemon.ConnectAsync("p");
        await client.ReceiveAsync(5);
        var pid = (await daemon.WaitForEventAsync("ChildStarted"))["Pid"];

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync(Soon));
        Assert.Equal(pid, (await daemon.WaitForEventAsync("ChildKilled"))["Pid"]);
        Assert.Equal("killed", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task Stop_SecondSignal_EndsImmediately()
    {
        await using var daemon = await Daemon.StartAsync(Stubborn + "\n[daemon]\ndrain = \"60s\"");
        using var client = await daemon.ConnectAsync("p");
        await client.ReceiveAsync(5);
        daemon.Signal(RunningProcess.SIGTERM);
        await daemon.WaitForEventAsync("Stopping");
        Assert.False(daemon.HasExited);

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync(Soon));
        Assert.Equal("killed", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
    }

    [Fact]
    public async Task Stop_WhileTheMapLoads_EndsWithoutAnError()
    {
        await using var daemon = Daemon.Launch("""
            [ports]
            %echo% = "echo"
            """);
        await Deadline.UntilAsync(() => ProcFiles.Catches(daemon.Pid, RunningProcess.SIGUSR2), "signals registered");
        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal(0, await daemon.ExitAsync());
    }

    private static bool Refused(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect("127.0.0.1", port);
            return false;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }
}
