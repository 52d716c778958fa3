using System.Diagnostics;
using NetSuperd.Control;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>The tables of the commands at a terminal of 80 columns, and in a pipe.</summary>
public sealed class TerminalWidthTests : IAsyncDisposable
{
    private const string Service = "a-service-with-a-name-of-forty-characters";
    private const string Reason = "0.0.0.0:7: address already in use; another process of this host has the port";

    private readonly DaemonStandIn _daemon = new();

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Theory]
    [InlineData("", "C.UTF-8", 80, "…")]
    [InlineData("", "C", 80, "...")]
    [InlineData("COLUMNS=100", "C.UTF-8", 100, "…")]
    public async Task Table_AtATerminal_HasNoLineThatWraps(string variable, string locale, int most, string ellipsis)
    {
        foreach (var command in Commands())
        {
            var lines = await ShownAsync(variable, locale, command);

            Assert.All(lines, line => Assert.InRange(line.Length, 0, most));
            Assert.Contains(lines, line => line.Contains(ellipsis, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Table_InAPipeOrWide_IsNotCut()
    {
        foreach (var command in Commands())
        {
            var (_, piped, _) = await RunAsync([command, "--control", _daemon.Place]);

            Assert.Contains(Service, piped, StringComparison.Ordinal);
            Assert.DoesNotContain("…", piped, StringComparison.Ordinal);
            Assert.Equal(piped.TrimEnd('\n').Split('\n'), await ShownAsync("", "C.UTF-8", command, "--wide"));
        }
    }

    private IEnumerable<string> Commands()
    {
        _daemon.Start().Answer = request => ControlAnswer.Of(0) with
        {
            Daemon = request.Command != "status" ? null
                : DaemonStandIn.Status(DaemonStandIn.Service(Service) with { State = "failed", Reason = Reason, User = "nobody" }),
            Connections = request.Command == "status" ? null
                : [new ListedConnection(
                    12345, Service, "TCP", "[2001:db8::1]:2005", "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:40312", DateTimeOffset.UnixEpoch,
                    1.5, 4711, 4711, "established", 0.05, 12345, 1, 0.5)],
        };
        return ["status", "connections"];
    }

    private async Task<string[]> ShownAsync(string variable, string locale, params string[] words)
    {
        var command = string.Join(' ', Command([.. words, "--control", _daemon.Place]));
        var start = new ProcessStartInfo("script", [
            "-qec", $"stty cols 80 rows 24; unset COLUMNS LINES; export {variable} LC_ALL={locale}; exec env {command}", "/dev/null",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var terminal = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var shown = await terminal.StandardOutput.ReadToEndAsync(limit.Token);
        await terminal.WaitForExitAsync(limit.Token);
        Assert.Equal(0, terminal.ExitCode);
        return [.. shown.TrimEnd('\r', '\n').Split('\n').Select(line => line.TrimEnd('\r'))];
    }
}
