namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>A child with a raw socket: two hosts, and packets on the cable between them.</summary>
public sealed class RawSocketTests
{
    private const string ReadsOne = "open(S, q(+<&=0)); recv(S, $_, 999, 0); print STDERR unpack(q(H*), $_), qq(\\n)";

    [Theory]
    [InlineData("icmp/raw", "10.9.0.1", "^45.{22}0a0900020a0900010800")]
    [InlineData("ipv6-icmp/raw", "fd09::1", "^8000")]
    [InlineData("10.9.0.1:1/raw", "10.9.0.1", "^45.{22}0a0900020a0900010800")]
    [InlineData("[fd09::1]:ipv6-icmp/raw", "fd09::1", "^8000")]
    public async Task Ping_FromAnotherHost_WakesAChildEachTimeAndIsAnsweredByTheSystem(string socket, string address, string packet)
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartScriptAsync(
            $"\"{socket}\" = {{ service = \"it\", types = [\"echo-request\"] }}", ReadsOne, "");

        for (var i = 1; i <= 2; i++)
        {
            await hosts.PingAsync(address);
            Assert.All(await daemon.WaitForEventsAsync("ChildStderr", i), line => Assert.Matches(packet, line["Line"]));
            await daemon.WaitForEventsAsync("ChildEnded", i);
        }

        Assert.DoesNotContain(daemon.Events, found => found.Name is "SocketReplaced" or "WaitBackoff");
        await daemon.UntilAsync("it", "serving");
    }

    [Fact]
    public async Task Packets_OfOtherTypesAndSenders_NeitherWakeAChildNorReachIt()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartScriptAsync(
            "\"icmp/raw\" = { service = \"it\", types = [8, \"echo-request\", \"time-exceeded\", 200] }",
            RawHosts.Prints,
            "deny = [\"10.9.0.0/24\"]\nallow = [\"10.9.0.2\"]");

        // The option of the socket knows types below 32 only: the packet filter checks the others.
        await hosts.SendAsync(0);
        await hosts.SendAsync(40);
        await hosts.SendAsync(8, RawHosts.OtherClient);
        await hosts.SendAsync(200);
        await hosts.SendAsync(12);
        await hosts.SendAsync(201);
        await hosts.SendAsync(11, RawHosts.OtherClient);
        await hosts.SendAsync(11);

        var lines = await daemon.WaitForEventsAsync("ChildStderr", 2);
        Assert.Equal(["10.9.0.2 200", "10.9.0.2 11"], lines.Select(line => line["Line"]));
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");
    }

    [Fact]
    public async Task Change_OfTheTypes_ReplacesSocketAndChild()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartScriptAsync("\"icmp/raw\" = { service = \"it\", types = [8] }", RawHosts.Prints, "");
        await hosts.SendAsync(8);
        await daemon.WaitForEventsAsync("ChildStderr", 1);

        daemon.Edit(map => map.Replace("types = [8]", "types = [\"timestamp-request\"]", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await daemon.WaitForEventAsync("BindRecovered");
        await hosts.SendAsync(8);
        await hosts.SendAsync(13);

        Assert.Equal("10.9.0.2 13", (await daemon.WaitForEventsAsync("ChildStderr", 2))[^1]["Line"]);
        Assert.Single(await hosts.SocketsAsync());
    }

    [Fact]
    public async Task Restart_KeepsSocketAndChild()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartScriptAsync(
            "\"icmp/raw\" = { service = \"it\", types = [8] }\n\"[::]:58/raw\" = { service = \"it\", types = [128] }",
            RawHosts.Prints,
            "deny = [\"10.9.0.3\"]");
        await hosts.SendAsync(8);
        await daemon.WaitForEventsAsync("ChildStderr", 1);
        var before = (Inodes(await hosts.SocketsAsync()), Inodes(await hosts.SocketsAsync("raw6")));

        await daemon.RestartAsync();

        await hosts.SendAsync(8, RawHosts.OtherClient);
        await hosts.SendAsync(8);
        Assert.Equal("10.9.0.2 8", (await daemon.WaitForEventsAsync("ChildStderr", 2))[^1]["Line"]);
        Assert.Equal(before, (Inodes(await hosts.SocketsAsync()), Inodes(await hosts.SocketsAsync("raw6"))));
        Assert.DoesNotContain(daemon.Events, found => found.Name is "FilterChanged" or "SocketReplaced");
        await hosts.PingAsync("fd09::1");
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "six 128");
    }

    [Fact]
    public async Task Listen_FromDescriptor3_HasTheSocketsOfBothFamilies()
    {
        await using var hosts = await RawHosts.CreateAsync();

        // SO_PROTOCOL is 38.
        await using var daemon = await hosts.StartScriptAsync(
            "\"icmp/raw\" = { service = \"it\", types = [8] }\n\"ipv6-icmp/raw\" = { service = \"it\", types = [128] }",
            "for (3 .. 4) { open(S, qq(+<&=$_)); print STDERR unpack(q(i), getsockopt(S, 1, 38)), qq( $ENV{PROTO}\\n); recv(S, $_, 9, 0) }",
            "fds = \"listen\"");

        await hosts.PingAsync("10.9.0.1");

        var lines = await daemon.WaitForEventsAsync("ChildStderr", 2);
        Assert.Equal(["1 RAW", "58 RAW"], lines.Select(line => line["Line"]));
    }

    [Fact]
    public async Task Server_ThatRunsAllTheTime_HasItsRawSocketAndMayNotForge()
    {
        await using var hosts = await RawHosts.CreateAsync();
        await using var daemon = await hosts.StartAsync(
            "\"10.9.0.1:icmp/raw\" = { service = \"it\", types = [8] }",
            $$"""
            [services.it]
            exec = ["/usr/bin/perl", "-e", '''
                open(S, q(+<&=0)); print STDERR setsockopt(S, 0, 3, 1) ? q(ok) : $!, qq(\n); {{RawHosts.Prints}}''']
            user = "nobody"
            start = "always"
            """);

        await hosts.SendAsync(8);

        var lines = await daemon.WaitForEventsAsync("ChildStderr", 2);
        Assert.Equal(["Operation not permitted", "10.9.0.2 8"], lines.Select(line => line["Line"]));
    }

    private static string Inodes(IEnumerable<string> sockets) =>
        string.Join(' ', sockets.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[9]));
}
