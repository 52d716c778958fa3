using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>Sockets of MPTCP with real clients of both protocols.</summary>
public sealed class MptcpTests
{
    // IPPROTO_MPTCP, netinet/in.h.
    private const string Mptcp = "262";
    private const string Tcp = "6";

    private const string Client = "use Socket; $| = 1; my ($port, $protocol) = @ARGV; "
        + "socket(S, PF_INET, SOCK_STREAM, $protocol) or die $!; connect(S, sockaddr_in($port, inet_aton('127.0.0.1'))) or die $!; ";

    private const string Asking = Client + "syswrite(S, 'TEST'); shutdown(S, 1); print <S>;";

    // Says that it is served, and how the connection ends.
    private const string Waiting = Client
        + "print scalar(<S>); print defined(sysread(S, my $more, 10)) ? \"end\\n\" : $!{ECONNRESET} ? \"reset\\n\" : \"$!\\n\";";

    // SO_PROTOCOL 38 of SOL_SOCKET 1.
    private const string Greeting = "use Socket; $| = 1; "
        + "print join(' ', unpack('i', getsockopt(STDIN, 1, 38)), @ENV{qw(PROTO TCPLOCALPORT)}), qq(\\n); sysread(STDIN, my $more, 10);";

    private const string Map = $$"""
        [ports]
        "127.0.0.1:%echo%" = { service = "echo", protocol = "mptcp", nodelay = true, backlog = 5 }
        "127.0.0.1:%greet%/mptcp" = "greet"
        [services.greet]
        exec = ["/usr/bin/perl", "-e", '''{{Greeting}}''']
        """;

    [Theory]
    [InlineData(Mptcp)]
    [InlineData(Tcp)]
    public async Task Handler_OnAnMptcpSocket_ServesClientsOfBothProtocols(string protocol)
    {
        await using var daemon = await Daemon.StartAsync(Map);

        Assert.Equal("TEST", await AskAsync(daemon, "echo", protocol));

        Assert.Equal("mptcp", Assert.Single((await daemon.StatusAsync()).Sockets, socket => socket.Service == "echo").Transport);
    }

    [Theory]
    [InlineData(Mptcp, "MPTCP")]
    [InlineData(Tcp, "TCP")]
    public async Task Child_OnAnMptcpSocket_SeesTcpAndIsAbortedWithItsConnection(string protocol, string name)
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await using var client = Connect(daemon, "greet", protocol);

        Assert.Equal($"{protocol} TCP {daemon.Port("greet")}", await client.Output.FindAsync(line => line, "a line of the child"));
        var live = Assert.Single(await daemon.ConnectionsAsync());
        Assert.Equal((name, "established"), (live.Protocol, live.State));
        Assert.True(live.Sent > 0 && live.RttMs > 0, $"{live}");

        await daemon.DoAsync("abort", id: live.Id);

        await client.Output.FindAsync(
            line => line is "reset" || (line is "end" && !Environment.IsPrivilegedProcess) ? line : null, "the reset");
    }

    [Fact]
    public async Task Restart_WithAnMptcpSocket_KeepsItAndItsConnections()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await using var client = Connect(daemon, "greet", Mptcp);
        await client.Output.FindAsync(line => line, "a line of the child");

        await daemon.RestartAsync();

        Assert.Equal("TEST", await AskAsync(daemon, "echo", Mptcp));
        Assert.Equal("MPTCP", Assert.Single(await daemon.ConnectionsAsync()).Protocol);
        Assert.Equal(2, daemon.Events.Count(found => found.Name == "SocketAdopted"));
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Reload_ToAnotherProtocolAndBack_ServesEachClient()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        Assert.Equal("TEST", await AskAsync(daemon, "echo", Mptcp));

        daemon.Edit(map => map.Replace("protocol = \"mptcp\"", "protocol = \"tcp\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("TEST", await AskAsync(daemon, "echo", Tcp));
        Assert.Equal("tcp", Assert.Single((await daemon.StatusAsync()).Sockets, socket => socket.Service == "echo").Transport);

        daemon.Edit(map => map.Replace("protocol = \"tcp\"", "protocol = \"mptcp\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("TEST", await AskAsync(daemon, "echo", Mptcp));
    }

    [Fact]
    public async Task Reload_OfAChangedOption_KeepsTheSocket()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        daemon.Edit(map => map.Replace("nodelay = true", "keepalive = { idle = \"9s\" }", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        Assert.Equal("TEST", await AskAsync(daemon, "echo", Mptcp));
        Assert.Equal(2, daemon.Events.Count(found => found.Name == "Listening"));
    }

    [Fact]
    public async Task WaitChild_WithAnMptcpSocket_AcceptsAndIsFollowedByTheNext()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%once%/mptcp" = "once"
            [services.once]
            exec = ["/usr/bin/perl", "-e", "use Socket; accept(C, STDIN); $_ = <C>; print C; setsockopt(STDIN, 6, 1, 1); exit"]
            wait = true
            """);

        Assert.Equal("TEST", await AskAsync(daemon, "once", Mptcp));
        Assert.Equal("TEST", await AskAsync(daemon, "once", Tcp));
    }

    [Theory]
    [InlineData(Mptcp, "")]
    [InlineData(Mptcp, "/mptcp")]
    [InlineData(Tcp, "")]
    [InlineData(Tcp, "/mptcp")]
    public async Task Socket_OfAServiceManager_IsTakenByTheEntryOfEitherProtocol(string protocol, string suffix)
    {
        var port = FreePorts.Next();
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:{port}{suffix}" = "echo"
            """, new DaemonSetup { Through = Passing(port, protocol) });

        Assert.Equal("TEST", await Command.OutputAsync("perl", "-e", Asking, $"{port}", protocol));
        Assert.Equal(
            protocol == Tcp && suffix.Length > 0 ? 1 : 0, daemon.Events.Count(found => found.Name == "SocketOfAnotherProtocol"));

        await daemon.DoAsync("reload");
        await daemon.RestartAsync();
        Assert.Equal("TEST", await Command.OutputAsync("perl", "-e", Asking, $"{port}", protocol));
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Explain_AClientOfTcp_NamesTheEntryOfMptcp()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        var text = await Command.OutputAsync(
            BuiltTree.Program, "explain", "127.0.0.1", $"127.0.0.1:{daemon.Port("echo")}", "--config", daemon.Scratch["map.toml"]);

        Assert.Contains("/mptcp", text, StringComparison.Ordinal);
    }

    // What a service manager does that has SocketProtocol= (systemd.socket(5)).
    private static IReadOnlyList<string> Passing(int port, string protocol) =>
    [
        "perl", "-e", "use Socket; use POSIX; $^F = 9; socket(S, PF_INET, SOCK_STREAM, shift) or die; setsockopt(S, 1, 2, 1); "
            + "bind(S, sockaddr_in(shift, inet_aton('127.0.0.1'))) or die $!; listen(S, 5); dup2(fileno(S), 3) if fileno(S) != 3; "
            + "@ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 1, 'it'); exec @ARGV",
        protocol, $"{port}",
    ];

    private static RunningProcess Connect(Daemon daemon, string port, string protocol) =>
        RunningProcess.Start("perl", ["-MErrno", "-e", Waiting, $"{daemon.Port(port)}", protocol]);

    private static Task<string> AskAsync(Daemon daemon, string port, string protocol) =>
        Command.OutputAsync("perl", "-e", Asking, $"{daemon.Port(port)}", protocol);
}
