using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>Sockets of multicast groups: two hosts with a cable between them.</summary>
public sealed class MulticastTests
{
    private const string Group = "\"239.1.1.1:7101/udp\"";

    // The global address, or the link-local one where the client asked from its own.
    private const string OfTheHost = "^TEST from (fd09::1|fe80::.*%cable)$";

    // Sends the word to the address and port, again where no answer comes, and prints the answer and where it came from.
    private const string Ask = """
        my ($fault, $to) = getaddrinfo($ARGV[0], $ARGV[1], { socktype => SOCK_DGRAM, flags => AI_NUMERICHOST });
        die $fault if $fault;
        socket(S, $to->{family}, SOCK_DGRAM, 0) or die $!;
        for (1 .. 60) {
            send(S, $ARGV[2], 0, $to->{addr}) or die $!;
            my $readable = ""; vec($readable, fileno(S), 1) = 1;
            next unless select($readable, undef, undef, 0.5);
            my $from = recv(S, my $heard, 999, 0);
            my ($trouble, $host) = getnameinfo($from, NI_NUMERICHOST | NI_NUMERICSERV);
            print "$heard from $host"; exit;
        }
        """;

    // Sends the word once, to the address and port.
    private const string Send = """
        my ($fault, $to) = getaddrinfo($ARGV[0], $ARGV[1], { socktype => SOCK_DGRAM, flags => AI_NUMERICHOST });
        socket(S, $to->{family}, SOCK_DGRAM, 0) or die $!; send(S, $ARGV[2], 0, $to->{addr}) or die $!;
        """;

    [Fact]
    public async Task Group_OnADevice_IsAnsweredFromTheAddressOfTheHostAndLeftWithItsEntry()
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($$"""
            [ports]
            9 = "discard"
            {{Group}} = { service = "echo", device = "cable" }
            """);

        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
        await pair.GroupsAsync(groups => groups.Contains("239.1.1.1"), "the group");

        daemon.Edit(map => map.Replace(Group, "#", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await pair.GroupsAsync(groups => !groups.Contains("239.1.1.1"), "the group left");
    }

    [Theory]
    [InlineData("\"[ff02::7101%cable]:7101/udp\" = \"echo\"", "ff02::7101%cable")]
    [InlineData("\"[ff05::7101]:7101/udp\" = { service = \"echo\", device = \"cable\" }", "ff05::7101")]
    public async Task Group_OfIPv6_IsAnsweredFromTheAddressOfTheHostAlsoAfterARestart(string entry, string group)
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($"[ports]\n{entry}");
        Assert.Matches(OfTheHost, await pair.AskAsync(group));

        await daemon.RestartAsync();

        Assert.Matches(OfTheHost, await pair.AskAsync(group));
        await pair.GroupsAsync(
            groups => groups.Count(group => group.EndsWith("::7101", StringComparison.Ordinal)) == 1, "the group, joined once");
        await daemon.UntilAsync("echo", "serving");
    }

    [Fact]
    public async Task Group_WithoutADevice_IsJoinedAgainOnAnInterfaceThatIsMadeAgain()
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($"[ports]\n{Group} = \"echo\"", "BindFailed");
        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));

        await pair.CutAsync();
        await Counted.UntilAsync(daemon, "echo", found => found.State == "failed", "the failure of the socket");
        Assert.Contains("no route leads to the multicast group", (await daemon.WaitForEventAsync("BindFailed"))["Reason"],
            StringComparison.Ordinal);

        await pair.JoinAsync();
        await Counted.UntilAsync(daemon, "echo", found => found.State == "serving", "the socket in service again");
        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
    }

    [Fact]
    public async Task Group_ThatMovesToAnotherDeviceByAReload_IsLeftOnTheFirst()
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($"[ports]\n{Group} = {{ service = \"echo\", device = \"lo\" }}");
        await pair.GroupsAsync(groups => groups.Contains("239.1.1.1"), "the group on the first device", "lo");

        daemon.Edit(map => map.Replace("\"lo\"", "\"cable\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await pair.GroupsAsync(groups => !groups.Contains("239.1.1.1"), "the group left on the first device", "lo");
        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
    }

    [Fact]
    public async Task Group_BesideTheSamePortOnEveryAddress_HasItsDatagramsAlone()
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($$"""
            [ports]
            "7101/udp" = "all"
            {{Group}} = "group"
            [services.all]
            handler = "echo"
            [services.group]
            handler = "echo"
            """);

        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("10.9.0.1"));

        await OneIsCountedAsync(daemon, "all");
        await OneIsCountedAsync(daemon, "group");
    }

    [Fact]
    public async Task Group_ThatAnotherProcessHasJoinedOnAnotherInterface_BringsNothingFromThere()
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($"[ports]\n{Group} = \"echo\"");

        // The other process joins on the loopback interface, and what is sent there arrives at it.
        var heard = await pair.Server.RunAsync("perl", "-MSocket=:all", "-e", """
            my ($group, $lo) = (inet_aton("239.1.1.1"), inet_aton("127.0.0.1"));
            socket(A, PF_INET, SOCK_DGRAM, 0); bind(A, sockaddr_in(7102, INADDR_ANY)) or die $!;
            setsockopt(A, 0, 35, $group . $lo) or die $!;
            socket(B, PF_INET, SOCK_DGRAM, 0); setsockopt(B, 0, 32, $lo) or die $!;
            send(B, "LOST", 0, sockaddr_in($_, $group)) or die $! for (7101, 7102); recv(A, my $heard, 9, 0); print $heard;
            """);
        Assert.Equal("LOST", heard.Output);

        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
        await OneIsCountedAsync(daemon, "echo");
    }

    [Fact]
    public async Task Group_OfTwoDaemonsWithReusePort_ReachesBoth()
    {
        await using var pair = await Pair.CreateAsync();
        await using var first = await pair.StartAsync($"[ports]\n{Group} = {{ service = \"echo\", reuse_port = true }}");
        await using var second = await pair.StartAsync($"[ports]\n{Group} = {{ service = \"echo\", reuse_port = true }}");
        await using var third = Daemon.Launch(
            $"[ports]\n{Group} = \"echo\"", new DaemonSetup { Through = pair.Server.Enter, Expected = ["StartFailed"] });

        Assert.Equal(71, await third.ExitAsync());
        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
        foreach (var daemon in new[] { first, second })
        {
            await Counted.UntilAsync(daemon, "echo", found => found.Datagrams("received") == 1, "the datagram at both");
        }
    }

    [Fact]
    public async Task Group_ThatAChildHasLeft_IsJoinedAgainAndTheOthersAreLeft()
    {
        await using var pair = await Pair.CreateAsync();

        // IP_ADD_MEMBERSHIP 35, IP_DROP_MEMBERSHIP 36 of ip(7).
        await using var daemon = await pair.StartAsync($$"""
            [ports]
            {{Group}} = "child"
            [services.child]
            exec = ["/usr/bin/perl", "-MSocket", "-e", '''
                open(S, "+<&=0"); my $from = recv(S, my $heard, 99, 0); send(S, $heard, 0, $from) or die $!;
                setsockopt(S, 0, 36, inet_aton("239.1.1.1") . INADDR_ANY) or die $!;
                setsockopt(S, 0, 35, inet_aton("239.1.1.9") . INADDR_ANY) or die $!;
            ''']
            wait = true
            """);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.1"));
        }

        await pair.GroupsAsync(
            groups => groups.Contains("239.1.1.1") && !groups.Contains("239.1.1.9"), "the group of the map, and not that of the child");
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task Group_WithADeniedSender_IsNotAnswered()
    {
        await using var pair = await Pair.CreateAsync();
        await using var daemon = await pair.StartAsync($$"""
            [ports]
            {{Group}} = "closed"
            "239.1.1.2:7101/udp" = "open"
            [services.closed]
            handler = "echo"
            deny = ["10.9.0.2"]
            [services.open]
            handler = "echo"
            """);

        Assert.Equal(0, (await pair.Client.RunAsync("perl", "-MSocket=:all", "-e", Send, "239.1.1.1", "7101", "LOST")).Status);
        Assert.Equal("TEST from 10.9.0.1", await pair.AskAsync("239.1.1.2"));

        await Counted.UntilAsync(daemon, "closed", found => found.For("address") == 1, "the refusal");
        Assert.Contains("address", await daemon.AskedAsync(
            "explain", "10.9.0.2", "239.1.1.1:7101/udp", "--config", daemon.Scratch["map.toml"]), StringComparison.Ordinal);
    }

    /// <summary>Waits until a datagram is counted, a moment after its answer, and finds no other.</summary>
    private static async Task OneIsCountedAsync(Daemon daemon, string service) => Assert.Equal(
        1,
        (await Counted.UntilAsync(daemon, service, found => found.Datagrams("received") > 0, "the datagram")).Datagrams("received"));

    /// <summary>A host for a daemon and one for clients.</summary>
    private sealed class Pair(NetworkNamespace server, NetworkNamespace client) : IAsyncDisposable
    {
        public NetworkNamespace Server => server;

        public NetworkNamespace Client => client;

        public static async Task<Pair> CreateAsync()
        {
            var pair = new Pair(await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync());
            await pair.JoinAsync();
            return pair;
        }

        public async Task JoinAsync()
        {
            await server.JoinAsync(client, "10.9.0.1/24", "10.9.0.2/24");
            foreach (var (network, address) in new[] { (server, "fd09::1/64"), (client, "fd09::2/64") })
            {
                Assert.Equal(0, (await network.RunAsync("ip", "address", "add", address, "dev", "cable", "nodad")).Status);
                Assert.Equal(0, (await network.RunAsync("ip", "route", "add", "224.0.0.0/4", "dev", "cable")).Status);
            }
        }

        public async Task CutAsync() => Assert.Equal(0, (await server.RunAsync("ip", "link", "del", "cable")).Status);

        public Task<Daemon> StartAsync(string map, params string[] expected) =>
            Daemon.StartAsync(map, new DaemonSetup { Through = server.Enter, Expected = expected });

        public async Task<string> AskAsync(string group)
        {
            var answer = await client.RunAsync("perl", "-MSocket=:all", "-e", Ask, group, "7101", "TEST");
            Assert.Equal("", answer.Errors);
            return answer.Output;
        }

        /// <summary>Waits until the groups that the server's host has joined on a device are the expected ones.</summary>
        public async Task GroupsAsync(Func<string[], bool> condition, string what, string device = "cable") => await Deadline.UntilAsync(
            async () => (await server.RunAsync("ip", "maddress", "show", "dev", device)).Output.Split((char[]?)null), condition, what);

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            await client.DisposeAsync();
        }
    }
}
