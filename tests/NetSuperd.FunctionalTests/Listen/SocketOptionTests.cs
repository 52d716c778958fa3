using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>The options of sockets, as ss(8) and the sockets themselves show them.</summary>
public sealed class SocketOptionTests
{
    // Prints options of the connection on standard input: SOL_SOCKET 1 (SO_SNDBUF 7, SO_RCVBUF 8, SO_KEEPALIVE 9), IPPROTO_TCP 6
    // (TCP_NODELAY 1).
    private const string Probe = """
        use Socket; my @o = ([1, 9], [6, 1], [1, 7], [1, 8]); print join(" ", map { unpack("i", getsockopt(STDIN, $_->[0], $_->[1])) } @o);
        """;

    [Fact]
    public async Task Backlog_OfAPort_IsTheKernels()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %few% = { service = "echo", backlog = 17 }
            %most% = "echo"
            """);
        var most = (await File.ReadAllTextAsync("/proc/sys/net/core/somaxconn", TestContext.Current.CancellationToken)).Trim();

        Assert.Equal(["17", "17"], await BacklogsAsync(daemon.Port("few")));
        Assert.Equal([most, most], await BacklogsAsync(daemon.Port("most")));
    }

    [Fact]
    public async Task Options_OfAPort_AreInheritedByItsConnections()
    {
        var service = $"[services.probe]\nexec = [\"/usr/bin/perl\", \"-e\", '{Probe.Trim()}']\n".Replace(
            "'", "'''", StringComparison.Ordinal);
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %plain% = "probe"
            %tuned% = { service = "probe", nodelay = true, keepalive = false, send_buffer = "100KiB", receive_buffer = "50KiB" }

            """ + service);

        var plain = await OptionsAsync(daemon, "plain");
        var tuned = await OptionsAsync(daemon, "tuned");

        // The kernel doubles the size of a buffer that was asked for (socket(7)).
        Assert.Equal([1, 0], plain[..2]);
        Assert.Equal([0, 1, 2 * 100 * 1024, 2 * 50 * 1024], tuned);
    }

    [Fact]
    public async Task OptionsOfPackets_OfAPort_ApplyToItsConnectionsUntilAReloadRemovesThem()
    {
        // IPPROTO_IP 0 (IP_TOS 1, IP_TTL 2), SOL_SOCKET 1 (SO_MARK 36).
        var probe = Probe.Trim().Replace("([1, 9], [6, 1], [1, 7], [1, 8])", "([0, 1], [0, 2], [1, 36])", StringComparison.Ordinal);
        var mark = Environment.IsPrivilegedProcess ? 5 : 0;
        var options = mark > 0 ? "tos = 184, ttl = 7, mark = 5" : "tos = 184, ttl = 7";
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%plain%" = "probe"
            "127.0.0.1:%p%" = { service = "probe", {{options}} }
            [services.probe]
            exec = ["/usr/bin/perl", "-e", '''{{probe}}''']
            """);
        var plain = await OptionsAsync(daemon, "plain");

        Assert.Equal([184, 7, mark], await OptionsAsync(daemon, "p"));

        daemon.Edit(map => map.Replace($", {options}", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal(plain, await OptionsAsync(daemon, "p"));
    }

    [Fact]
    public async Task OptionsOfConnections_OfAPort_ApplyToTheConnectionsOfChildrenUntilAReloadRemovesThem()
    {
        // SOL_SOCKET 1 (SO_PRIORITY 12), IPPROTO_TCP 6 (TCP_KEEPIDLE 4, TCP_KEEPINTVL 5, TCP_KEEPCNT 6).
        var probe = Probe.Trim().Replace("([1, 9], [6, 1], [1, 7], [1, 8])", "([1, 12], [6, 4], [6, 5], [6, 6])", StringComparison.Ordinal);
        const string Options = ", priority = 5, keepalive = { idle = \"1m\", interval = \"7s\", probes = 4 }";
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%plain%" = "probe"
            "127.0.0.1:%p%" = { service = "probe"{{Options}} }
            [services.probe]
            exec = ["/usr/bin/perl", "-e", '''{{probe}}''']
            """);
        var plain = await OptionsAsync(daemon, "plain");

        var tuned = await OptionsAsync(daemon, "p");
        Assert.Equal([5, 60, 7, 4], tuned);

        daemon.Edit(map => map.Replace(Options, "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal(plain, await OptionsAsync(daemon, "p"));
    }

    [Fact]
    public async Task FastOpen_OfAPort_ServesTheDataOfTheSyn()
    {
        await using var network = await NetworkNamespace.CreateAsync();

        // For clients and servers, both without a cookie (ip(7), tcp_fastopen).
        Assert.Equal(0, (await network.RunAsync("sh", "-c", "echo $((0x207)) > /proc/sys/net/ipv4/tcp_fastopen")).Status);
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            7 = { service = "echo", fastopen = 16 }
            """, new DaemonSetup { Through = network.Enter });

        // MSG_FASTOPEN 0x20000000 of send(2).
        var answer = await network.RunAsync("perl", "-e", """
            use Socket; socket(S, PF_INET, SOCK_STREAM, 0); send(S, "TEST", 0x20000000, sockaddr_in(7, inet_aton("127.0.0.1"))) or die $!;
            shutdown(S, 1); print <S>;
            """);
        var counters = await network.RunAsync("nstat", "-az", "TcpExtTCPFastOpenPassive");

        Assert.Equal("TEST", answer.Output);
        Assert.Matches(@"TcpExtTCPFastOpenPassive +1 ", counters.Output);
    }

    [Fact]
    public async Task Transparent_OfAPort_AnswersFromTheAddressThatWasAsked()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var other = await NetworkNamespace.CreateAsync();
        await network.JoinAsync(other, "10.9.0.1/24", "10.9.0.2/24");
        Assert.Equal(0, (await other.RunAsync("ip", "route", "add", "198.51.100.0/24", "via", "10.9.0.1")).Status);

        // Everything that comes through the cable is for this host, but no interface has the address (RFC 5737).
        Assert.Equal(0, (await network.RunAsync(
            "sh", "-c", "ip rule add iif cable lookup 100 && ip route add local default dev lo table 100")).Status);
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            7 = { service = "echo", transparent = true }
            "7/udp" = { service = "echo", transparent = true }
            "198.51.100.8:9" = { service = "echo", transparent = true }
            """, new DaemonSetup { Through = network.Enter });

        Assert.Equal("Received: TEST\n", (await other.SendAsync("198.51.100.7", "TEST")).Output);
        Assert.Equal("Received: TEST\n", (await other.SendAsync("198.51.100.8", "TEST", "9")).Output);
        var answer = await other.RunAsync("perl", "-e", """
            use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); connect(S, sockaddr_in(7, inet_aton("198.51.100.7"))); send(S, "TEST", 0);
            alarm(60); recv(S, my $heard, 9, 0); print $heard;
            """);
        Assert.Equal("TEST", answer.Output);
    }

    [Fact]
    public async Task Congestion_OfAPort_IsThatOfItsConnections()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %p% = { service = "echo", congestion = "reno" }
            """);
        using var client = await daemon.ConnectAsync("p");
        await client.SendAsync("TEST");
        Assert.Equal(4, (await client.ReceiveAsync(4)).Length);

        Assert.Contains(
            " reno ", await Command.OutputAsync("ss", "-Htni", $"sport = {daemon.Port("p")}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FreeBind_BeforeTheAddressIsThere_Listens()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "192.0.2.1:%p%" = { service = "echo", freebind = true }
            """);

        Assert.Equal("listening", Assert.Single((await daemon.StatusAsync()).Sockets).State);
    }

    [Fact]
    public async Task ReusePort_OnTwoDaemons_BothListen()
    {
        var port = FreePorts.Next();
        var map = $$"""
            [ports]
            {{port}} = { service = "echo", reuse_port = true }
            """;
        await using var first = await Daemon.StartAsync(map);
        await using var second = await Daemon.StartAsync(map);

        Assert.Equal(4, (await BacklogsAsync(port)).Length);
    }

    [Fact]
    public async Task DeferAccept_UntilTheFirstByte_StartsNoChild()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %deferred% = { service = "echo", defer_accept = "30s" }
            %plain% = "echo"
            """);
        using var silent = await daemon.ConnectAsync("deferred");
        using var later = await daemon.ConnectAsync("plain");
        await daemon.WaitForEventAsync("ConnectionStarted", found => found["Peer"] == later.Name);
        Assert.DoesNotContain(daemon.Events, found => found["Peer"] == silent.Name);

        Assert.Equal("TEST", await silent.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Device_OfAPort_IsBound()
    {
        Privilege.Require("SO_BINDTODEVICE");
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %p% = { service = "echo", device = "lo" }
            """);

        Assert.Contains("%lo:", await Command.OutputAsync("ss", "-Hltn", $"sport = {daemon.Port("p")}"), StringComparison.Ordinal);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    // State Recv-Q Send-Q Local Peer; of a listener Send-Q is the backlog.
    private static async Task<string[]> BacklogsAsync(int port) =>
    [
        .. (await Command.OutputAsync("ss", "-Hltn", string.Create(CultureInfo.InvariantCulture, $"sport = {port}")))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]),
    ];

    private static async Task<int[]> OptionsAsync(Daemon daemon, string port)
    {
        using var client = await daemon.ConnectAsync(port);
        return [.. (await client.ReadToEndAsync()).Split(' ').Select(value => int.Parse(value, CultureInfo.InvariantCulture))];
    }
}
