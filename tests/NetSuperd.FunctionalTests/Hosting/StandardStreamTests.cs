using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>
/// Standard input, output and error that are closed or full: what cannot be said changes neither what is done nor how it ends.
/// </summary>
public sealed class StandardStreamTests
{
    public static TheoryData<string> Errors => new("exec 2>&-", "exec 2>/dev/full", "exec 0<&- 2>&-", "exec 0<&- 1>&- 2>&-");

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Check_StandardErrorThatCannotBeWritten_EndsAsAlways(string redirection)
    {
        using var scratch = new Scratch();
        var sound = scratch.Write("sound.toml", "[ports]\n7 = \"echo\"\n");
        var wrong = scratch.Write("wrong.toml", "[ports]\n70000 = \"echo\"\n");

        Assert.Equal(new CommandResult(0, "", ""), await Shell.RunAsync(redirection, "check", "--config", sound));
        Assert.Equal(new CommandResult(78, "", ""), await Shell.RunAsync(redirection, "check", "--config", wrong));
        Assert.Equal(new CommandResult(64, "", ""), await Shell.RunAsync(redirection, "no-such-command"));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Run_APortInUse_EndsAsAlwaysAndTheLogSaysWhy(string redirection)
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"""
            [ports]
            "{holder.LocalEndPoint}" = "echo"
            [log]
            target = "file"
            file = "daemon.log"
            format = "json"
            """);

        var result = await Shell.RunAsync(redirection, "run", "--config", map);

        Assert.Equal(new CommandResult(71, "", ""), result);
        var failed = Assert.Single(File.ReadLines(scratch["daemon.log"]).Select(LogEvent.Parse), found => found!.Name == "StartFailed");
        Assert.Contains($"{holder.LocalEndPoint}", failed!["Reason"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Run_ALogThatCannotBeWritten_ServesAndStops(string redirection)
    {
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n%echo% = \"echo\"", new DaemonSetup { AnswersOn = "echo", Through = Shell.Through(redirection) });
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("", daemon.Log.Text);
    }

    [Theory]
    [InlineData("exec 0<&-")]
    [InlineData("exec 1>&-")]
    [InlineData("exec 2>&-")]
    [InlineData("exec 0<&- 1>&- 2>&-")]
    public async Task Run_ClosedDescriptors_BelongToNothingElse(string redirection)
    {
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n%echo% = \"echo\"", new DaemonSetup { AnswersOn = "echo", Through = Shell.Through(redirection) });

        for (var fd = 0; fd <= 2; fd++)
        {
            var closed = redirection.Contains($"{fd}<&-", StringComparison.Ordinal)
                || redirection.Contains($"{fd}>&-", StringComparison.Ordinal);
            Assert.Equal(closed, new FileInfo($"/proc/{daemon.Pid}/fd/{fd}").LinkTarget == "/dev/null");
        }
    }

    [Fact]
    public async Task Show_ToAFullDevice_Is71AndOneLine()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", "[ports]\n7 = \"echo\"\n");

        var shown = await Shell.RunAsync("exec >/dev/full", "check", "--show", "--config", map);
        var help = await Shell.RunAsync("exec >/dev/full", "--help");

        Assert.Equal(new CommandResult(71, "", "netsuperd: cannot write to standard output: No space left on device\n"), shown);
        Assert.Equal(shown, help);
    }
}
