using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>Two daemons that answer each other, because somebody has forged one datagram (CVE-1999-0103, CVE-2024-2169).</summary>
public sealed class LoopTests
{
    // Writes packets with headers of its own: FROM:PORT TO:PORT COUNT; a FROM of 0 is another one each time.
    private const string Forge = """
        use Socket;
        my ($from, $to, $count) = @ARGV;
        socket(my $s, PF_INET, SOCK_RAW, 255) or die $!;
        my ($to_address, $to_port) = split /:/, $to;
        for my $i (1 .. $count) {
            my ($address, $port) = split /:/, $from;
            $address = join '.', 11, ($i >> 16) & 255, ($i >> 8) & 255, $i & 255 if $address eq '0';
            my $data = 'x' x 32;
            my $packet = pack('C2 n3 C2 n a4 a4 n4', 0x45, 0, 28 + length $data, $i & 0xffff, 0, 64, 17, 0,
                inet_aton($address), inet_aton($to_address), $port, $to_port, 8 + length $data, 0) . $data;
            send($s, $packet, 0, sockaddr_in($to_port, inet_aton($to_address))) or die $!;
        }
        """;

    [Theory]
    [InlineData(5000, 5000, "loop_port")]
    [InlineData(7, 5000, "loop_port")]
    [InlineData(53, 5000, "loop_port")]
    [InlineData(5001, 5000, "loop_port")]
    public async Task Forged_FromAPortThatMightAnswer_IsNotAnswered(int from, int to, string reason)
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\"", "\"5001/udp\" = \"echo\""], [$"\"{from}/udp\" = \"echo\""]);
        await pair.ForgeAsync($"10.9.0.2:{from}", $"10.9.0.1:{to}");

        var counted = await Counted.UntilAsync(pair.First, "echo", found => found.Datagrams("received") == 1, "the forged one");
        Assert.Equal((0, 1), (counted.Datagrams("answered"), counted.For(reason)));
        Assert.Equal(0, (await Counted.AskAsync(pair.Second, "echo")).Datagrams("received"));
    }

    [Fact]
    public async Task Forged_FromAnyOtherPort_IsEndedByTheRate()
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], ["\"6000/udp\" = \"echo\""]);
        await pair.ForgeAsync("10.9.0.2:6000", "10.9.0.1:5000");

        using var deadline = new CancellationTokenSource(Deadline.Default);
        Counted[] counts;
        do
        {
            counts = await Task.WhenAll(Counted.AskAsync(pair.First, "echo"), Counted.AskAsync(pair.Second, "echo"));
            Assert.False(deadline.IsCancellationRequested, "the loop has not ended");
        }
        while (Sum("source_rate") == 0 || Received() == 0 || Received() - 1 != counts.Sum(found => found.Datagrams("answered")));

        // There was one datagram, and it was dropped.
        Assert.Equal(1, Sum("source_rate"));
        Assert.InRange(Received(), 1000, 10_000);

        long Sum(string reason) => counts.Sum(found => found.For(reason));
        long Received() => counts.Sum(found => found.Datagrams("received"));
    }

    [Theory]
    [InlineData("224.0.0.5")]
    [InlineData("0.0.0.9")]
    [InlineData("255.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("10.9.0.255")]
    [InlineData("127.0.0.1")]
    public async Task Forged_FromAnAddressOfNobody_IsNotAnswered(string from)
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], ["\"6000/udp\" = \"echo\""]);
        await pair.ForgeAsync($"{from}:5555", "10.9.0.1:5000");
        await pair.ForgeAsync("10.9.0.7:5555", "10.9.0.1:5000");

        // The system itself drops most of them before anybody receives them (ip-sysctl, martians).
        var counted = await Counted.UntilAsync(pair.First, "echo", found => found.Datagrams("answered") + found.Datagrams("unsent") == 1, "the second one");
        Assert.True(from != "10.9.0.255" || counted.For("loop_address") == 1);
        Assert.Equal(counted.Datagrams("received") - 1, counted.For("loop_address"));
    }

    [Fact]
    public async Task Asked_ByBroadcast_IsNotAnswered()
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], ["\"6000/udp\" = \"echo\""]);
        var asked = await pair.FromSecondAsync("sh", "-c", "echo everybody | socat -t 1 - UDP-DATAGRAM:10.9.0.255:5000,broadcast");

        Assert.Equal("", asked.Output);
        var counted = await Counted.UntilAsync(pair.First, "echo", found => found.Datagrams("received") == 1, "all of them");
        Assert.Equal((1, 0, 1), (counted.Datagrams("received"), counted.Datagrams("answered"), counted.For("loop_address")));
        Assert.Equal("one\n", (await pair.FromSecondAsync("sh", "-c", "echo one | socat -t 1 - UDP:10.9.0.1:5000")).Output);
    }

    [Fact]
    public async Task Storm_OfForgedSources_CostsNoMemoryAndNobodyElse()
    {
        await using var pair = await Pair.StartAsync(["\"5000/udp\" = \"echo\""], ["\"6000/udp\" = \"echo\""]);
        await pair.ForgeAsync("0:5555", "10.9.0.1:5000", 20_000);
        var before = ProcFiles.ResidentBytes(pair.First.Pid);

        await pair.ForgeAsync("0:5555", "10.9.0.1:5000", 100_000);

        Assert.Equal("one\n", (await pair.FromSecondAsync("sh", "-c", "echo one | socat -t 1 - UDP:10.9.0.1:5000")).Output);
        Assert.InRange((await Counted.AskAsync(pair.First, "echo")).Datagrams("received"), 20_000, 120_001);
        Assert.InRange(ProcFiles.ResidentBytes(pair.First.Pid) - before, long.MinValue, 8 << 20);
    }

    /// <summary>Two daemons, each on a network of its own, with a cable in between.</summary>
    private sealed class Pair(NetworkNamespace one, NetworkNamespace two, Daemon first, Daemon second) : IAsyncDisposable
    {
        public Daemon First => first;

        public Daemon Second => second;

        public static async Task<Pair> StartAsync(string[] firstPorts, string[] secondPorts)
        {
            var (one, two) = (await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync());
            await one.JoinAsync(two, "10.9.0.1/24", "10.9.0.2/24");
            return new Pair(one, two, await DaemonAsync(one, firstPorts), await DaemonAsync(two, secondPorts));
        }

        /// <summary>Has the second host send datagrams to the first that say they come from somebody else.</summary>
        public async Task ForgeAsync(string from, string to, int count = 1)
        {
            var forged = await two.RunAsync("perl", "-e", Forge, from, to, $"{count}");
            Assert.Equal((0, ""), (forged.Status, forged.Errors));
        }

        public Task<CommandResult> FromSecondAsync(params string[] command) => two.RunAsync(command);

        public async ValueTask DisposeAsync()
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
            await one.DisposeAsync();
            await two.DisposeAsync();
        }

        private static Task<Daemon> DaemonAsync(NetworkNamespace network, string[] ports) =>
            Daemon.StartAsync($"[ports]\n{string.Join('\n', ports)}\n", new DaemonSetup { Through = network.Enter });
    }
}
