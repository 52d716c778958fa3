using System.Globalization;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary><c>notify = true</c>: a server tells by its NOTIFY_SOCKET when it is ready, how it is, and that it is alive.</summary>
public sealed class ServerNoticeTests
{
    private const string Tells = "use Socket; sub tells { socket(N, AF_UNIX, SOCK_DGRAM, 0); ($n = $ENV{NOTIFY_SOCKET}) =~ s/^@/\\0/; "
        + "send(N, $_[0], 0, sockaddr_un($n)) }";

    [Fact]
    public async Task Server_IsStartingUntilItIsReady_AndItsStatusIsShownAlsoAfterARestart()
    {
        await using var daemon = await StartAsync(
            "$SIG{USR1} = sub { tells(qq(READY=1\\nSTATUS=up \\e[31m ) . ++$i) }; tells(q(STATUS=begins)); sleep 600 while 1");
        await SaysAsync(daemon, "starting", "begins");

        await daemon.DoAsync("signal", "it", "USR1");

        await SaysAsync(daemon, "serving", "up \e[31m 1");
        Assert.Contains("up \\u001b[31m 1", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        await daemon.RestartAsync();
        await SaysAsync(daemon, "serving", "up \e[31m 1");
        await daemon.DoAsync("signal", "it", "USR1");
        await SaysAsync(daemon, "serving", "up \e[31m 2");
    }

    [Fact]
    public async Task Server_ThatIsNotReadyInTime_IsStartedAgain()
    {
        await using var daemon = await StartAsync("sleep 600", "start_timeout = \"200ms\"");

        var restarts = await daemon.WaitForEventAsync("ServerRestarts", found => found["Pause"] == "0.2");

        Assert.Equal("start_timeout exceeded, killed by signal SIGTERM", restarts["End"]);
    }

    [Fact]
    public async Task Server_ThatIsSilentTooLong_IsStartedAgain()
    {
        // It is alive for twice the time before it says how it is.
        await using var daemon = await StartAsync(
            "tells(q(READY=1)); tells(q(WATCHDOG=1)), select(undef, undef, undef, 0.05) while ++$i < 40; "
            + "tells(qq(STATUS=$ENV{WATCHDOG_USEC})); sleep 600",
            "watchdog = \"1s\"");
        await SaysAsync(daemon, "serving", "1000000");

        var restarts = await daemon.WaitForEventAsync("ServerRestarts");

        Assert.Equal("watchdog exceeded, killed by signal SIGTERM", restarts["End"]);
    }

    [Fact]
    public async Task Message_OfAnotherProcess_IsNotHeard()
    {
        await using var daemon = await StartAsync("$SIG{USR1} = sub { tells(q(STATUS=own)) }; sleep 600 while 1");
        var name = await NameAsync(await CatchesAsync(daemon));
        using var foreign = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        foreign.Connect(new UnixDomainSocketEndPoint($"\0{name}"));

        foreign.Send("READY=1\nSTATUS=foreign"u8);
        await daemon.DoAsync("signal", "it", "USR1");

        await SaysAsync(daemon, "starting", "own");
    }

    [Fact]
    public async Task Message_WithADescriptorWhoseCloseLasts_HoldsUpNeitherClientsNorTheStop()
    {
        await using var daemon = await StartAsync("$SIG{USR1} = sub { tells(q(READY=1)) }; sleep 600 while 1", """
            [services.child]
            exec = ["/bin/cat"]
            user = "root"
            [ports]
            %child% = "child"
            """);
        var name = await NameAsync(await CatchesAsync(daemon));

        var (sender, word) = await LastingClose.SendAsync(daemon, "dgram", $"@{name}");
        await using var lasting = sender;

        Assert.Equal("sent", word);
        using var client = await daemon.ConnectAsync("child");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Theory]
    [InlineData("waitpid($p, 0); $0 = q(told)", true)]
    [InlineData("$0 = q(told)", false)]
    public async Task Message_OfAProcessThatHasEnded_IsHeard(string afterwards, bool isReaped)
    {
        await using var daemon = await StartAsync(
            $"$SIG{{USR1}} = sub {{ unless ($p = fork) {{ tells(q(READY=1)); exit }} {afterwards} }}; sleep 600 while 1");
        var pid = await CatchesAsync(daemon);
        daemon.Signal(RunningProcess.SIGSTOP);
        await Command.RunAsync("/bin/kill", "-USR1", $"{pid}");
        await Deadline.UntilAsync(
            () => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("told", StringComparison.Ordinal)
                && ProcFiles.Children(pid).All(child => !isReaped && child.State == 'Z'),
            "the end of the process that told");

        daemon.Signal(RunningProcess.SIGCONT);

        await SaysAsync(daemon, "serving", null);
    }

    [Fact]
    public async Task Message_OfAnotherUserThatHasEnded_IsNotHeard()
    {
        Privilege.Require("the server has another user");
        await using var daemon = await StartAsync("$SIG{USR1} = sub { tells(q(STATUS=own)) }; sleep 600 while 1", "user = \"nobody\"");
        var pid = await CatchesAsync(daemon);
        var name = await NameAsync(pid);
        daemon.Signal(RunningProcess.SIGSTOP);
        await Command.RunAsync("/usr/bin/env", $"NOTIFY_SOCKET=@{name}", "/usr/bin/perl", "-e", $"{Tells} tells(q(READY=1))");
        daemon.Signal(RunningProcess.SIGCONT);

        await Command.RunAsync("/bin/kill", "-USR1", $"{pid}");

        await SaysAsync(daemon, "starting", "own");
    }

    private static async Task<int> CatchesAsync(Daemon daemon)
    {
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, RunningProcess.SIGUSR1), "a handler of USR1");
        return pid;
    }

    /// <summary>The name of the server's abstract socket.</summary>
    private static async Task<string> NameAsync(int pid)
    {
        const string Variable = "NOTIFY_SOCKET=@";
        var variables = (await File.ReadAllTextAsync($"/proc/{pid}/environ", TestContext.Current.CancellationToken)).Split('\0');
        return variables.Single(variable => variable.StartsWith(Variable, StringComparison.Ordinal))[Variable.Length..];
    }

    private static Task<Daemon> StartAsync(string script, string more = "") => Daemon.StartAsync($$"""
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{Tells}} {{script}}']
        start = "always"
        fds = "none"
        notify = true
        {{more}}
        """);

    private static async Task SaysAsync(Daemon daemon, string state, string? status) => await daemon.StatusAsync(
        all => all.Service("it") is var found && (found.State, found.Server!.Status) == (state, status), $"{state}, {status}");
}
