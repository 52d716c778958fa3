using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>Sockets of UDP-Lite and SCTP, and what is no socket.</summary>
public sealed class ProtocolTests
{
    // IPPROTO_UDPLITE, netinet/in.h.
    private const string Client = "use Socket; socket(S, PF_INET, SOCK_DGRAM, 136) or die $!; "
        + "bind(S, sockaddr_in(0, inet_aton($ARGV[1]))); connect(S, sockaddr_in($ARGV[0], inet_aton('127.0.0.1'))) or die $!; "
        + "syswrite(S, $ARGV[2]); ";

    private const string Asking = Client + "sysread(S, $_, 100); print;";

    // Answers one datagram with the protocol of its socket (SO_PROTOCOL 38 of SOL_SOCKET 1) and PROTO, and spoils the coverage of the
    // checksum for the next (UDPLITE_SEND_CSCOV 10).
    private const string Answering = "open(S, '+<&=0'); $a = recv(S, $_, 100, 0); "
        + "@o = map { unpack('i', getsockopt(S, $_->[0], $_->[1])) } ([1, 38], [136, 10]); "
        + "send(S, join(' ', $o[0], $ENV{PROTO}, $o[1], $_), 0, $a); setsockopt(S, 136, 10, 8);";

    private const string Map = $$"""
        [ports]
        "127.0.0.1:%it%/udp" = "echo"
        "127.0.0.1:%it%/udplite" = "echo"
        "127.0.0.1:%wait%/udp" = { service = "wait", protocol = "udplite" }
        [services.wait]
        exec = ["/usr/bin/perl", "-e", '''{{Answering}}''']
        wait = true
        allow = ["127.0.0.1"]
        """;

    [Fact]
    public async Task Handler_OnAUdpLiteSocket_AnswersBesideTheOneOfUdp()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        Assert.Equal("TEST", await AskAsync(daemon, "it", "TEST"));
        using var udp = DatagramPeer.Of(daemon.Port("it"));
        Assert.Equal("x"u8.ToArray(), await udp.AskAsync("x"u8.ToArray()));
        Assert.Equal(
            ["udp", "udplite"],
            (await daemon.StatusAsync()).Sockets.Where(socket => socket.Service == "echo").Select(socket => socket.Transport).Order());
    }

    [Fact]
    public async Task WaitChild_OnAUdpLiteSocket_ReadsItAndItsChangesAreSetBack()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        Assert.Equal("136 UDP 0 one", await AskAsync(daemon, "wait", "one"));
        await daemon.WaitForEventsAsync("ChildEnded", 1);
        Assert.Equal("136 UDP 0 two", await AskAsync(daemon, "wait", "two"));
        Assert.DoesNotContain(daemon.Events, found => found.Name == "SocketReplaced");
    }

    [Fact]
    public async Task WaitChild_OnAUdpLiteSocket_GetsNoDatagramOfADeniedSender()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        await Command.OutputAsync("perl", "-e", Client, $"{daemon.Port("wait")}", "127.0.0.2", "denied");

        Assert.Equal("136 UDP 0 allowed", await AskAsync(daemon, "wait", "allowed"));
        Assert.Single(await daemon.WaitForEventsAsync("ChildStarted", 1));
    }

    [Fact]
    public async Task Restart_WithAUdpLiteSocket_KeepsIt()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        await daemon.RestartAsync();

        Assert.Equal("TEST", await AskAsync(daemon, "it", "TEST"));
        Assert.Equal(3, daemon.Events.Count(found => found.Name == "SocketAdopted"));
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Sctp_WhereTheKernelHasIt_IsServedAndElseRefusedWithTheReason()
    {
        const string Sctp = """
            [ports]
            "127.0.0.1:%it%" = { service = "echo", protocol = "sctp" }
            """;
        if (!HasSctp())
        {
            await using var refused = Daemon.Launch(Sctp, new DaemonSetup { Expected = ["StartFailed"] });
            Assert.NotEqual(0, await refused.ExitAsync());
            Assert.Contains("the kernel of this host has no SCTP", string.Join('\n', refused.Log.Lines), StringComparison.Ordinal);
            var check = await Netsuperd.RunAsync("check", "--config", refused.Scratch["map.toml"]);
            Assert.Equal(0, check.Status);
            Assert.Contains("cannot be served here: the kernel of this host has no SCTP", check.Errors, StringComparison.Ordinal);
            return;
        }

        await using var daemon = await Daemon.StartAsync(Sctp);
        var answer = await Command.OutputAsync(
            "perl", "-e", "use Socket; socket(S, PF_INET, SOCK_STREAM, 132); connect(S, sockaddr_in($ARGV[0], inet_aton('127.0.0.1'))) "
            + "or die $!; syswrite(S, 'TEST'); sysread(S, $_, 100); print;", $"{daemon.Port("it")}");
        Assert.Equal("TEST", answer);
    }

    [Fact]
    public async Task Check_AFifoAtThePathOfASocket_IsAnError()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"[ports]\n\"{scratch["it.fifo"]}\" = \"echo\"\n");
        Assert.Equal(0, (await Netsuperd.RunAsync("check", "--config", map)).Status);

        await Command.OutputAsync("mkfifo", scratch["it.fifo"]);

        var check = await Netsuperd.RunAsync("check", "--config", map);
        Assert.Equal(78, check.Status);
        Assert.Contains("is a FIFO, and the daemon serves sockets", check.Errors, StringComparison.Ordinal);
    }

    private static bool HasSctp()
    {
        try
        {
            // IPPROTO_SCTP, for which the runtime has no name.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, (ProtocolType)132);
            return true;
        }
        catch (SocketException)
        {
            return File.ReadLines("/proc/net/protocols").Any(line => line.StartsWith("SCTP ", StringComparison.Ordinal));
        }
    }

    private static Task<string> AskAsync(Daemon daemon, string port, string word) =>
        Command.OutputAsync("perl", "-e", Asking, $"{daemon.Port(port)}", "127.0.0.1", word);
}
