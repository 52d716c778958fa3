using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>A child with a raw socket cannot forge packets, unless the map lets it; and what it leaves is undone.</summary>
public sealed class RawForgeryTests : IAsyncLifetime
{
    // An address as short as those of netlink(7) is none to bind a raw socket to.
    private static readonly string[] Allowed = ["SO_REUSEADDR=ok", "udp=ok", "netlink=ok", "getifaddrs=ok", "short bind=EINVAL"];

    private readonly Scratch _scratch = new();

    public async ValueTask InitializeAsync()
    {
        // The child runs as another user.
        File.SetUnixFileMode(_scratch.Folder, (UnixFileMode)0x1ED);
        await CFixture.CompileAsync("forger", _scratch);
    }

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("nobody", "icmp/raw", "10.9.0.1")]
    [InlineData("root", "icmp/raw", "10.9.0.1")]
    [InlineData("nobody", "ipv6-icmp/raw", "fd09::1")]
    [InlineData("root", "ipv6-icmp/raw", "fd09::1")]
    public async Task Child_ThatForges_IsNotPermitted(string user, string socket, string address)
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await StartAsync(hosts, user, socket, "");

        await hosts.PingAsync(address);

        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "done");
        var lines = Lines(daemon);
        Assert.Contains("IP_HDRINCL=EPERM", lines);
        Assert.True(lines.Count >= 16);
        Assert.All(lines.Except([.. Allowed, "done"]), line => Assert.EndsWith("=EPERM", line, StringComparison.Ordinal));
        Assert.Empty(Allowed.Except(lines));
    }

    [Fact]
    public async Task Child_WithForge_SendsPacketsFromAnotherAddress()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await StartAsync(hosts, "root", "icmp/raw", "forge = true");
        await using var watch = hosts.Watch();
        await watch.Output.FindAsync(line => line == "watching" ? line : null, "the start of the client");

        await hosts.PingAsync();

        await watch.Output.FindAsync(line => line == "10.9.0.77 0 0" ? line : null, "the forged packet");
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "done");
        Assert.Equal(["IP_HDRINCL=ok", "sent=ok", "done"], Lines(daemon));
    }

    [Fact]
    public async Task Child_WithForgeOnProtocol255_SendsWhatItHasWritten()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var watch = hosts.Watch();
        await watch.Output.FindAsync(line => line == "watching" ? line : null, "the start of the client");
        await using var daemon = await hosts.StartAsync(
            "\"10.9.0.1:255/raw\" = \"it\"",
            """
            [services.it]
            exec = ["/usr/bin/perl", "-MSocket", "-e", '''
                my ($from, $to) = (inet_aton("10.9.0.77"), inet_aton("10.9.0.2"));
                my $packet = pack("C2 n3 C2 n a4 a4", 0x45, 0, 28, 1, 0, 64, 1, 0, $from, $to);
                open(S, "+<&=0"); send(S, $packet . pack("C2 n3", 0, 9, 0xfff6, 0, 0), 0, sockaddr_in(0, $to)) or die $!; sleep 100''']
            user = "nobody"
            start = "always"
            forge = true
            """);

        await watch.Output.FindAsync(line => line == "10.9.0.77 0 9" ? line : null, "the forged packet");
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Theory]
    [InlineData("setsockopt(S, 0, 3, 1)")]
    [InlineData("setsockopt(S, 255, 1, pack(q(I), 0xffffffff))")]
    [InlineData("setsockopt(S, 0, 2, 9)")]
    [InlineData("connect(S, sockaddr_in(0, inet_aton(q(10.9.0.77))))")]
    [InlineData("connect(S, pack(q(x16)))")]
    [InlineData("bind(S, sockaddr_in(0, inet_aton(q(127.0.0.1))))")]
    [InlineData("shutdown(S, 0)")]
    [InlineData("shutdown(S, 1)")]
    [InlineData("setsockopt(S, 1, 27, 0), 1")]
    public async Task Socket_HoweverAForgingChildLeavesIt_WakesTheNext(string way)
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartScriptAsync(
            "\"icmp/raw\" = { service = \"it\", types = [8] }",
            "open(S, q(+<&=0)); my $from = recv(S, $_, 999, 0); "
            + "send(S, pack(q(C2 n3), 0, 5, 0xfffa, 0, 0), 0, $from) or print STDERR qq($!\\n); "
            + $"print STDERR ord(substr($_, 20)), qq(\\n); print STDERR qq(failed: $!\\n) unless {way}",
            "forge = true");
        await using var watch = hosts.Watch();
        await watch.Output.FindAsync(line => line == "watching" ? line : null, "the start of the client");

        for (var i = 1; i <= 3; i++)
        {
            await hosts.SendAsync(0);
            await hosts.SendAsync(8);
            await daemon.WaitForEventsAsync("ChildEnded", i);
            await daemon.UntilAsync("it", "serving");
        }

        var answered = 0;
        await watch.Output.FindAsync(line => line == "10.9.0.1 0 5" && ++answered == 3 ? line : null, "three answers");
        Assert.All(Lines(daemon).Where(line => char.IsAsciiDigit(line[0])), line => Assert.Equal("8", line));
    }

    [Theory]
    [InlineData("igmp/raw", 0)]
    [InlineData("ipv6-icmp/raw", 41)]
    public async Task Socket_OfAForgingChildThatRoutedMulticast_RoutesNoneWhenTheChildHasEnded(string socket, int level)
    {
        // 200 is MRT_INIT and MRT6_INIT: while a socket routes the multicast of the host, the system refuses it.
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartScriptAsync(
            $"\"{socket}\" = \"it\"",
            $"open(S, q(+<&=0)); print STDERR setsockopt(S, {level}, 200, 1) ? qq(routes\\n) : qq($!\\n); sleep 600",
            "forge = true");
        await SendAsync();
        await daemon.WaitForEventsAsync("ChildStderr", 1);

        await daemon.DoAsync("stop", "it");
        await daemon.DoAsync("start", "it");
        await SendAsync();

        Assert.All(await daemon.WaitForEventsAsync("ChildStderr", 2), line => Assert.Equal("routes", line["Line"]));

        Task SendAsync() => level == 0 ? hosts.SendAsync(0x16, protocol: 2) : hosts.PingAsync("fd09::1");
    }

    private static List<string> Lines(Daemon daemon) =>
        [.. daemon.Events.Where(found => found.Name == "ChildStderr").Select(found => found["Line"])];

    private Task<Daemon> StartAsync(RawHosts hosts, string user, string socket, string keys) => hosts.StartAsync(
        $"\"{socket}\" = {{ service = \"it\", types = [\"echo-request\"] }}",
        $"""
        [services.it]
        exec = ["{_scratch["forger"]}"{(keys.Length > 0 ? ", \"10.9.0.2\"" : "")}]
        user = "{user}"
        wait = true
        {keys}
        """);
}
