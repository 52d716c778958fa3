using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>Allow and deny hold for every datagram that a child reads itself.</summary>
public sealed class SenderFilterTests
{
    // Answers with its process and with how many datagrams it has read.
    private const string Counts = "open(S, q(+<&=0)); while (1) { $from = recv(S, $_, 100, 0); $n++; send(S, qq($$ $n), 0, $from) }";

    // SO_DETACH_FILTER.
    private const string TakesOff = "setsockopt(STDIN, 1, 27, pack(q(i), 0)) and die; print STDERR qq(taking off: $!\\n);";

    [Theory]
    [InlineData("allow = [\"127.0.0.1\", \"127.0.0.5\"]")]
    [InlineData("deny = [\"127.0.0.0/29\"]\nallow = [\"127.0.0.1\", \"127.0.0.5\"]")]
    [InlineData("deny = [\"127.0.0.2\", \"127.0.0.3\"]")]
    public async Task Send_WhileAChildHasTheSocket_ReachesItFromAdmittedAddressesOnly(string rules)
    {
        await using var daemon = await StartAsync(rules);
        using var admitted = Peer(daemon, 1);
        using var other = Peer(daemon, 5);
        using var refused = Peer(daemon, 2);

        refused.Send("before"u8.ToArray());
        var first = await admitted.AskAsync("x");
        Assert.EndsWith(" 1", first, StringComparison.Ordinal);
        refused.Send("while"u8.ToArray());
        Assert.Equal($"{first[..^1]}2", await other.AskAsync("x"));
        Assert.False(refused.HasAnswer);
    }

    [Fact]
    public async Task Start_AChildThatTakesTheFilterOff_IsNotPermitted()
    {
        await using var daemon = await StartAsync("deny = [\"127.0.0.2\"]", TakesOff);
        using var admitted = Peer(daemon, 1);
        using var refused = Peer(daemon, 2);

        var first = await admitted.AskAsync("x");
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "taking off: Operation not permitted");
        refused.Send("x"u8.ToArray());
        Assert.Equal($"{first[..^1]}2", await admitted.AskAsync("x"));
    }

    [Theory]
    [InlineData(false, "reload")]
    [InlineData(true, "reload")]
    [InlineData(false, "restart")]
    [InlineData(true, "restart")]
    public async Task Change_OtherAddresses_TakesANewSocket(bool hasChild, string by)
    {
        await using var daemon = await StartAsync("deny = [\"127.0.0.2\"]");
        using var first = Peer(daemon, 1);
        using var second = Peer(daemon, 2);
        if (hasChild)
        {
            await first.AskAsync("x");
        }

        daemon.Edit(map => map.Replace("127.0.0.2", "127.0.0.1", StringComparison.Ordinal));
        await ChangeAsync(daemon, by);
        await daemon.WaitForEventAsync("FilterChanged");
        await daemon.WaitForEventAsync("BindRecovered");

        first.Send("x"u8.ToArray());
        Assert.EndsWith(" 1", await second.AskAsync("x"), StringComparison.Ordinal);
        Assert.False(first.HasAnswer);
    }

    [Fact]
    public async Task Restart_TheSameAddresses_KeepsSocketAndChild()
    {
        await using var daemon = await StartAsync("deny = [\"127.0.0.2\"]");
        using var admitted = Peer(daemon, 1);
        using var refused = Peer(daemon, 2);
        var first = await admitted.AskAsync("x");

        await daemon.RestartAsync();

        refused.Send("x"u8.ToArray());
        Assert.Equal($"{first[..^1]}2", await admitted.AskAsync("x"));
        Assert.DoesNotContain(daemon.Events, found => found.Name is "FilterChanged" or "SocketReplaced");
    }

    [Fact]
    public async Task Reload_AHandlerForTheSocket_ReceivesWhatItsOwnRulesAdmit()
    {
        await using var daemon = await StartAsync("deny = [\"127.0.0.2\"]");
        using var client = Peer(daemon, 2);
        daemon.Edit(map => map.Replace("/udp\" = \"it\"", "/udp\" = \"echo\"", StringComparison.Ordinal));

        await daemon.DoAsync("reload");
        await daemon.WaitForEventAsync("BindRecovered");

        Assert.Equal("x", await client.AskAsync("x"));
    }

    [Fact]
    public async Task Check_MoreNetworksThanTheKernelFilters_IsAnErrorAtTheKey()
    {
        using var scratch = new Scratch();
        var networks = string.Join(", ", Enumerable.Range(0, 800).Select(i => $"\"10.{i / 250}.{i % 250}.1\""));
        await File.WriteAllTextAsync(
            scratch["map.toml"],
            $"""
            [ports]
            "127.0.0.1:7001/udp" = "it"
            [services.it]
            exec = ["/bin/true"]
            user = "nobody"
            wait = true
            deny = [{networks}]
            """, TestContext.Current.CancellationToken);

        var said = await Netsuperd.RunAsync("check", "--config", scratch["map.toml"]);

        Assert.Equal(78, said.Status);
        Assert.Contains("map.toml:7:1: error: ", said.Errors, StringComparison.Ordinal);
        Assert.Contains("name fewer or larger ones", said.Errors, StringComparison.Ordinal);
    }

    private static Task<Daemon> StartAsync(string rules, string first = "") => Daemon.StartAsync($$"""
        [daemon]
        drain = "20s"
        [ports]
        "127.0.0.1:%p%/udp" = "it"
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{first}} {{Counts}}']
        wait = true
        {{rules}}
        """);

    private static DatagramPeer Peer(Daemon daemon, int last) => DatagramPeer.Of(daemon.Port("p"), from: $"127.0.0.{last}");

    private static Task ChangeAsync(Daemon daemon, string by) => by == "reload" ? daemon.DoAsync("reload") : daemon.RestartAsync();
}
