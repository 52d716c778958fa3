using System.Net.Sockets;
using NetSuperd.Commands;
using NetSuperd.Control;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>What may come next on a command line; the functional tests complete in the shells themselves.</summary>
public sealed class CompleteCommandTests : IAsyncDisposable
{
    private readonly DaemonStandIn _daemon = new();

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Theory]
    [InlineData("", null)]
    [InlineData("pause", "NAME")]
    [InlineData("pause --config map.toml", "NAME")]
    [InlineData("pause --config", "--config")]
    [InlineData("pause -c", "--config")]
    [InlineData("signal date", "SIG")]
    [InlineData("signal date HUP", null)]
    [InlineData("explain --json 192.0.2.1", "SOCKET")]
    [InlineData("stop --now", "NAME")]
    [InlineData("stop -- --now", null)]
    [InlineData("run --port 7=echo --port", "--port")]
    [InlineData("completion", "SHELL")]
    public void Line_TypedSoFar_NamesWhatComesNext(string typed, string? next) =>
        Assert.Equal(next, Read(typed).Next?.Name);

    /// <summary>PowerShell is not in Debian, and so not run here.</summary>
    [Theory]
    [InlineData("bash", "complete -F _netsuperd netsuperd")]
    [InlineData("zsh", "#compdef netsuperd")]
    [InlineData("fish", "complete -c netsuperd")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName netsuperd, netsuperd.exe")]
    public async Task Script_OfAShell_Registers(string shell, string call)
    {
        var (status, script, _) = await RunAsync("completion", shell);

        Assert.Equal(0, status);
        Assert.Contains(call, script, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_TypedSoFar_HasTheValuesOfItsOptions()
    {
        var line = Read("status --control /run/x.sock --json");

        Assert.Equal(("/run/x.sock", "", null), (line.ValueOf("--control"), line.ValueOf("--json"), line.ValueOf("--config")));
        Assert.Equal("status", line.Command.Name);
    }

    [Fact]
    public async Task Service_OfTheDaemon_IsOfferedWithItsState()
    {
        _daemon.Start().Answer = request => request.Command != "status" ? ControlAnswer.Of(64) : ControlAnswer.Of(0) with
        {
            Daemon = DaemonStandIn.Status(DaemonStandIn.Service("echo"), DaemonStandIn.Service("ends"), DaemonStandIn.Service("date")),
        };

        Assert.Equal("echo\thandler, serving\nends\thandler, serving\n", await OffersAsync("pause", "--control", _daemon.Place, "e"));
    }

    [Fact]
    public async Task Connection_OfTheDaemon_IsOfferedByItsNumber()
    {
        var live = new ListedConnection(
            12, "echo", "tcp", "127.0.0.1:7", "192.0.2.1:1234", DaemonStandIn.Now, 5, 1, 1, "established", null, null, 1);
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with { Connections = [live, live with { Id = 7 }] };

        Assert.Equal(
            "12\techo, 192.0.2.1:1234\n7\techo, 192.0.2.1:1234\n", await OffersAsync("abort", "--control", _daemon.Place, ""));
    }

    [Fact]
    public async Task Service_WithoutADaemon_IsNoOffer() =>
        Assert.Equal("", await OffersAsync("pause", "--control", _daemon.Place, ""));

    [Fact]
    public async Task Service_OfADaemonThatHangs_IsNoOfferAndNoWait()
    {
        // The system accepts on behalf of a process that does not.
        using var hung = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        hung.Bind(new UnixDomainSocketEndPoint(_daemon.Place));
        hung.Listen();

        // The other commands would wait as long as this test does.
        Assert.Equal((0, "", ""), await RunAsync("complete", "pause", "--control", _daemon.Place, ""));
    }

    [Theory]
    [InlineData("send", "--h")]
    [InlineData("check", "--")]
    public async Task Option_OfACommand_IsOffered(params string[] words)
    {
        var (status, output, errors) = await RunAsync(["complete", .. words]);

        Assert.Equal((0, ""), (status, errors));
        Assert.Contains("--help\tShow help", output, StringComparison.Ordinal);
    }

    private static TypedLine Read(string typed) =>
        TypedLine.Read(CommandLine.Root(), typed.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The offers, however long a busy machine takes.</summary>
    private static Task<string> OffersAsync(params string[] words) =>
        CompleteCommand.OffersAsync(CommandLine.Root(), words, Timeout.InfiniteTimeSpan);
}
