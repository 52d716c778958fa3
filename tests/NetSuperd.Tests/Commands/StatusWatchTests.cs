using System.Diagnostics;
using System.Runtime.InteropServices;
using NetSuperd.Control;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary><c>netsuperd status --watch</c>, run as a program.</summary>
public sealed class StatusWatchTests : IAsyncDisposable
{
    private readonly DaemonStandIn _daemon = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task StatusWatch_WhileTheDaemonIsAway_ContinuesAndEndsBySignal(PosixSignal signal)
    {
        var status = 0;
        _daemon.Start().Answer = _ =>
            ControlAnswer.Of(0) with
            {
                Daemon = DaemonStandIn.Status(DaemonStandIn.Service($"service{Interlocked.Increment(ref status)}")),
            };
        using var process = Start("status", "--watch", "--control", _daemon.Place);
        await LineAsync(process.StandardOutput, "service2");
        await _daemon.StopAsync();
        Assert.Contains(_daemon.Place, await LineAsync(process.StandardError, "no daemon"), StringComparison.Ordinal);
        await LineAsync(process.StandardError, "waiting");
        _daemon.Start();
        await LineAsync(process.StandardOutput, "service3");

        using var kill = Process.Start("kill", [signal == PosixSignal.SIGINT ? "-INT" : "-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);

        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync(Cancel));
        Assert.DoesNotContain('\u001b', await process.StandardOutput.ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task StatusWatch_OnATerminal_ClearsIt()
    {
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with { Daemon = DaemonStandIn.Status(DaemonStandIn.Service("echo")) };
        var command = string.Join("' '", Command("status", "--watch", "--control", _daemon.Place));
        var start = new ProcessStartInfo("script", ["-qec", $"exec env '{command}'", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var terminal = Process.Start(start)!;
        for (var i = 0; i < 2; i++)
        {
            await LineAsync(terminal.StandardOutput, "\u001b[H\u001b[2Jnetsuperd 4711");
        }

        // Ctrl-C.
        await terminal.StandardInput.WriteAsync('\u0003');
        await terminal.StandardInput.FlushAsync(Cancel);
        await terminal.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        Assert.Equal(0, terminal.ExitCode);
    }

    [Fact]
    public async Task StatusWatch_WithoutADaemonFromTheFirst_Is69() =>
        Assert.Equal(69, (await RunAsync("status", "--watch", "--control", _daemon.Place)).Status);

    private static async Task<string> LineAsync(StreamReader reader, string part)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            Assert.NotNull(line);
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }
}
