using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>Two daemons that answer each other, because of one forged datagram (CVE-1999-0103, CVE-2024-2169).</summary>
public sealed class LoopTests
{
    private static readonly string[] Services = ["echo", "chargen", "daytime", "time", "qotd"];

    // What is forged meets no other limit.
    private const string Unlimited = "[defaults]\nrate_per_source = \"unlimited\"\nbytes_per_source = \"unlimited\"\nuser = \"root\"\n";

    [Fact]
    public async Task Forged_FromAPortThatMightAnswer_IsNotAnswered()
    {
        int[] ports = [5000, 7, 53, 5001];
        await using var pair = await Pair.StartAsync(
            ["\"5000/udp\" = \"echo\"", "\"5001/udp\" = \"echo\""], [.. ports.Select(port => $"\"{port}/udp\" = \"echo\"")]);
        foreach (var port in ports)
        {
            await pair.ForgeAsync("10.9.0.2", port, "10.9.0.1", 5000);
        }

        var counted = await Counted.UntilAsync(
            pair.First, "echo", found => found.Datagrams("received") == ports.Length, "the forged ones");
        Assert.Equal((0, ports.Length), (counted.Datagrams("answered"), counted.For("loop_port")));
        Assert.Equal(0, (await Counted.AskAsync(pair.Second, "echo")).Datagrams("received"));
    }

    [Theory]
    [InlineData("10.9.0.1", "10.9.0.2")]
    [InlineData("fd09::1", "fd09::2")]
    public async Task Forged_BetweenAllPairsOfServices_Ends(string first, string second)
    {
        await using var pair = await Pair.StartAsync(Ports(10_001), Ports(20_001), Unlimited);
        for (var one = 0; one < Services.Length; one++)
        {
            for (var two = 0; two < Services.Length; two++)
            {
                await pair.ForgeAsync(second, 20_001 + two, first, 10_001 + one);
            }
        }

        await AssertEndAsync([pair.First, pair.Second], Services.Length * Services.Length);

        static string[] Ports(int from) => [.. Services.Select((service, i) => $"\"{from + i}/udp\" = \"{service}\"")];
    }

    [Theory]
    [InlineData("10.9.0.1", "10.9.0.2")]
    [InlineData("fd09::1", "fd09::2")]
    public async Task Forged_BetweenPortsOfClients_EndsAsWell(string first, string second)
    {
        await using var pair = await Pair.StartAsync(["\"40001/udp\" = \"echo\""], ["\"50001/udp\" = \"echo\""], Unlimited);
        await pair.ForgeAsync(second, 50_001, first, 40_001);

        await AssertEndAsync([pair.First, pair.Second], 1);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Forged_BetweenTwoDaemonsOfOneHost_Ends(string address)
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var first = await Pair.DaemonAsync(network, ["\"10007/udp\" = \"echo\""], "");
        await using var second = await Pair.DaemonAsync(network, ["\"10008/udp\" = \"echo\""], "");
        await Forgery.SendAsync(network, address, 10_008, address, 10_007);

        await AssertEndAsync([first, second], 1);
    }

    [OnWindows]
    [Fact]
    public async Task Client_ThatAsksTheSameAsSoonAsItHasItsAnswer_IsAlwaysAnswered()
    {
        const int Questions = 5_000;
        await using var daemon = await Daemon.StartAsync("[ports]\n\"127.0.0.1:%p%/udp\" = \"echo\"\n");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        for (var i = 0; i < Questions; i++)
        {
            Assert.Equal("TEST", await client.AskAsync("TEST"));
        }

        await Counted.UntilAsync(
            daemon, "echo", found => found.Datagrams("answered") == Questions && found.Datagrams("refused") == 0, "all of them");
    }

    // Each loop ends with one datagram that is not answered, on either side.
    private static async Task AssertEndAsync(Daemon[] daemons, int loops)
    {
        Assert.Equal(loops, await Deadline.UntilAsync(EndedAsync, ended => ended >= loops, "the loops have ended"));

        async Task<long> EndedAsync()
        {
            long ended = 0;
            foreach (var daemon in daemons)
            {
                ended += (await daemon.StatusAsync()).Services.Sum(service => service.Reasons.GetValueOrDefault("loop"));
            }

            return ended;
        }
    }

    [Fact]
    public async Task Forged_Once_IsEndedBeforeTheRateWouldDoIt()
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], ["\"6000/udp\" = \"echo\""]);
        await pair.ForgeAsync("10.9.0.2", 6000, "10.9.0.1", 5000);

        using var deadline = new CancellationTokenSource(Deadline.Default);
        Counted[] counts = [];
        bool hadEnded;
        do
        {
            // One daemon may answer before the end and the other one after it: only what both say once it is known has the whole exchange.
            hadEnded = Sum("loop") > 0;
            counts = await Task.WhenAll(Counted.AskAsync(pair.First, "echo"), Counted.AskAsync(pair.Second, "echo"));
            Assert.False(deadline.IsCancellationRequested, "the loop has not ended");
        }
        while (!hadEnded || Received() - 1 != counts.Sum(found => found.Datagrams("answered")));

        // There was one datagram, and it was dropped.
        Assert.Equal((1, 0), (Sum("loop"), Sum("source_rate")));
        Assert.InRange(Received(), 100, 150);

        long Sum(string reason) => counts.Sum(found => found.For(reason));
        long Received() => counts.Sum(found => found.Datagrams("received"));
    }

    [Fact]
    public async Task Forged_FromAnAddressThatNoHostHas_IsNotAnswered()
    {
        string[] addresses = ["224.0.0.5", "0.0.0.9", "255.255.255.255", "240.0.0.1", "10.9.0.255", "127.0.0.1"];
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], []);
        foreach (var from in addresses)
        {
            await pair.ForgeAsync(from, 5555, "10.9.0.1", 5000);
        }

        await pair.ForgeAsync("10.9.0.7", 5555, "10.9.0.1", 5000);

        // The system itself drops most of them before a socket receives them (ip-sysctl, martians).
        var counted = await Counted.UntilAsync(
            pair.First, "echo", found => found.Datagrams("answered") + found.Datagrams("unsent") == 1, "the last one");
        Assert.InRange(counted.For("loop_address"), 1, addresses.Length);
        Assert.Equal(counted.Datagrams("received") - 1, counted.For("loop_address"));
    }

    [Fact]
    public async Task Asked_ByBroadcast_IsNotAnswered()
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], []);
        var asked = await pair.FromSecondAsync("sh", "-c", "echo everybody | socat -t 1 - UDP-DATAGRAM:10.9.0.255:5000,broadcast");

        Assert.Equal("", asked.Output);
        var counted = await Counted.UntilAsync(pair.First, "echo", found => found.Datagrams("received") == 1, "all of them");
        Assert.Equal((1, 0, 1), (counted.Datagrams("received"), counted.Datagrams("answered"), counted.For("loop_address")));
        Assert.Equal("one\n", (await pair.FromSecondAsync("sh", "-c", "echo one | socat -t 1 - UDP:10.9.0.1:5000")).Output);
    }

    [Fact]
    public async Task Storm_OfForgedSources_TakesNoMemoryAndAffectsNoOtherSource()
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], []);
        await pair.ForgeAsync("0", 5555, "10.9.0.1", 5000, 20_000);
        var before = ProcFiles.ResidentBytes(pair.First.Pid);

        await pair.ForgeAsync("0", 5555, "10.9.0.1", 5000, 100_000);

        // Where the storm has filled the queue of the socket a datagram is lost: like any client, this one asks again.
        const string Ask = "until answer=$(echo one | socat -t 1 - UDP:10.9.0.1:5000) && test \"$answer\"; do :; done; echo \"$answer\"";
        Assert.Equal("one\n", (await pair.FromSecondAsync("timeout", "20", "sh", "-c", Ask)).Output);
        Assert.InRange((await Counted.AskAsync(pair.First, "echo")).Datagrams("received"), 20_000, 120_020);
        Assert.InRange(ProcFiles.ResidentBytes(pair.First.Pid) - before, long.MinValue, 8 << 20);
    }

    /// <summary>Two daemons, each on a network of its own, with a cable in between.</summary>
    private sealed class Pair(NetworkNamespace one, NetworkNamespace two, Daemon first, Daemon? second) : IAsyncDisposable
    {
        public Daemon First => first;

        public Daemon Second => second!;

        /// <summary>Starts a daemon on each of two hosts; on the second only where it has ports.</summary>
        public static async Task<Pair> StartAsync(string[] firstPorts, string[] secondPorts, string tables = "")
        {
            var (one, two) = (await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync());
            await one.JoinAsync(two, "10.9.0.1/24", "10.9.0.2/24");
            foreach (var (network, address) in new[] { (one, "fd09::1/64"), (two, "fd09::2/64") })
            {
                Assert.Equal(0, (await network.RunAsync("ip", "address", "add", address, "dev", "cable", "nodad")).Status);
            }

            return new Pair(
                one,
                two,
                await DaemonAsync(one, firstPorts, tables),
                secondPorts is [] ? null : await DaemonAsync(two, secondPorts, tables));
        }

        /// <summary>Has the second host send datagrams to the first with the address of another host as their source.</summary>
        public Task ForgeAsync(string from, int fromPort, string to, int toPort, int count = 1) =>
            Forgery.SendAsync(two, from, fromPort, to, toPort, count);

        public Task<CommandResult> FromSecondAsync(params string[] command) => two.RunAsync(command);

        public async ValueTask DisposeAsync()
        {
            await first.DisposeAsync();
            await (second?.DisposeAsync() ?? default);
            await one.DisposeAsync();
            await two.DisposeAsync();
        }

        public static Task<Daemon> DaemonAsync(NetworkNamespace network, string[] ports, string tables) => Daemon.StartAsync(
            $"[ports]\n{string.Join('\n', ports)}\n[services.qotd]\nhandler = \"qotd\"\n"
            + $"settings = {{ quotes = [\"one\", \"two\", \"three\"] }}\n{tables}",
            new DaemonSetup { Through = network.Enter });
    }
}
