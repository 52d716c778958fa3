using System.Net;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Permit.Order;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>
/// What <c>explain</c> lists is what the gates ask, in their order and in their words: whichever gates are closed, the verdict is that of
/// the first of them that is listed, and a look at the running daemon says the same.
/// </summary>
public sealed class GateOrderTests
{
    private const int Tokens = 4;
    private const int ServicePort = 7, ClientPort = 40_000, BudgetOfSource = 100;

    private static readonly Rate Once = new(1, TimeSpan.FromHours(1), 1);
    private static readonly Rate Shared = new(Tokens, TimeSpan.FromHours(1), Tokens);
    private static readonly DateTimeOffset Now = new(2100, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");
    private static readonly Peer Other = Peer.Of(IPAddress.Parse("198.51.100.1"));

    // The lines of the keys, by which the gates of one word are told apart.
    private static readonly string[] Keys =
    [
        "rate", "rate_per_source", "max_connections", "max_per_source", "max_per_network", "allow", "times", "bytes_per_source",
    ];

    private static readonly PeerRule Denied = new("192.0.2.0/24", Maps.At(Line("allow"))) { Network = IPNetwork.Parse("192.0.2.0/24") };

    [Fact]
    public void Order_OfTheGates_IsThatOfTheManual()
    {
        Assert.Equal(
            ["total_limit", "service_limit", "rate", "address", "time", "source_rate", "source_rate", "source_limit", "source_limit"],
            GateOrder.OfConnections.Select(gate => gate.Refusal.Reason));
        Assert.Equal(["address", "time", "rate", "source_rate", "source_rate"], GateOrder.OfDatagrams.Select(gate => gate.Refusal.Reason));
        Assert.Equal(["loop_address", "loop_port", "budget", "loop"], GateOrder.OfAnswers.Select(gate => gate.Refusal.Reason));
    }

    [Fact]
    public void Order_EveryGateOfTheHouse_StandsInAListAndItsKeyIsInTheMap()
    {
        var gates = typeof(Gate).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Gate)) && !type.IsAbstract);
        Gate[] listed = [.. GateOrder.OfConnections, .. GateOrder.OfDatagrams, .. GateOrder.OfAnswers];

        Assert.Equal(gates.Select(gate => gate.Name).Order(), listed.Select(gate => gate.GetType().Name).Distinct().Order());
        Assert.All(listed, gate => Assert.Contains(gate.Key, (string[])[.. Keys, "daemon.max_connections", ""]));
    }

    [Fact]
    public void Order_GatesThatNeedThePeerOrCountNothing_DoNotStandBetweenTheOthers()
    {
        // What needs no look is asked before the accept; what counts nothing is asked before the lock is taken.
        Assert.Equal(GateOrder.OfConnections.OrderBy(gate => gate is not QueueGate), GateOrder.OfConnections);
        Assert.Equal(
            GateOrder.OfConnections.OrderBy(gate => (gate is not QueueGate, gate is not QueueGate && gate.Counts)),
            GateOrder.OfConnections);
        Assert.Equal(GateOrder.OfDatagrams.OrderBy(gate => gate.Counts), GateOrder.OfDatagrams);
        Assert.True(GateOrder.OfConnections[0].Counts && GateOrder.OfConnections[^1].Counts && GateOrder.OfDatagrams[^1].Counts);
    }

    [Fact]
    public void Connection_BeforeAnyGatesThatRefuse_IsRefusedByTheFirstThatIsListed()
    {
        foreach (var closed in Subsets<Gate>(GateOrder.OfConnections))
        {
            using var log = new RecordingLogger();
            var time = new WatchedTime();
            time.SetUtcNow(Now);
            var gates = new Gates(log, time);
            var client = Peer.Of(Client);

            // Another client takes the tokens, or the one that is judged later and takes more than its part.
            Apply(gates, MapOf(Transport.Tcp, "rate"));
            for (var i = 0; i < Tokens; i++)
            {
                Assert.Null(Come(IsClosed<ShareGate>(closed) ? client : Other, stays: false));
            }

            Assert.Equal("rate", Come(Other, stays: false));
            time.Advance(IsClosed<RateGate>(closed) ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(15));

            // One that stays uses up the places, and the rate of its source.
            Apply(gates, MapOf(
                Transport.Tcp, "daemon.max_connections", "max_connections", "rate_per_source", "max_per_source", "max_per_network"));
            Assert.Null(Come(client, stays: true));

            var map = MapOf(Transport.Tcp, [.. closed.Select(gate => gate.Key)]);
            Apply(gates, map);
            var uses = gates.Of("echo").Uses();
            var look = gates.Of("echo").OutlookOf(client);
            Assert.Equal(uses, gates.Of("echo").Uses());
            var first = AssertFirst(closed, map, "7/tcp", Come(client, stays: false));
            var waits = first is QueueGate;
            Assert.Equal((Name(closed), first?.Refusal.Reason, waits), (Name(closed), look.Word, look.Waits));
            AssertUses(GateOrder.OfConnections, uses);

            string? Come(Peer peer, bool stays)
            {
                var lease = gates.Of("echo").TryEnter(null)!;
                var word = gates.Of("echo").Judge(lease, peer).Reason;
                (stays ? null : lease)?.Dispose();
                return word;
            }
        }
    }

    [Fact]
    public void Datagram_BeforeAnyGatesThatRefuse_IsRefusedByTheFirstThatIsListed()
    {
        foreach (var closed in Subsets<Gate>([.. GateOrder.OfDatagrams, .. GateOrder.OfAnswers]))
        {
            var time = new FakeTimeProvider(Now);
            var client = Peer.Of(Client);
            var gates = new DatagramGates(TermsOf(MapOf(Transport.Udp, "rate"), time), time);
            for (var i = 0; i < Tokens; i++)
            {
                Assert.Null(gates.Judge(IsClosed<ShareGate>(closed) ? client : Other).Reason);
            }

            Assert.Equal("rate", gates.Judge(Other).Reason);
            time.Advance(IsClosed<RateGate>(closed) ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(15));

            gates.Apply(TermsOf(MapOf(Transport.Udp, "rate_per_source", "bytes_per_source"), time));
            var open = new DatagramArrival(client.Family, client.Address, ClientPort, client.Address + 1, 2, IsForMany: false);
            Assert.Null(gates.Judge(client).Reason);
            Assert.Null(gates.JudgeAnswer(client, open, ServicePort, [], new byte[BudgetOfSource], loops: null).Reason);

            var map = MapOf(Transport.Udp, [.. closed.Select(gate => gate.Key)]);
            gates.Apply(TermsOf(map, time));

            // The bucket of the rate that built-ins have by default is full again.
            time.Advance(TimeSpan.FromSeconds(10));
            var arrival = open with
            {
                IsForMany = IsClosed<LoopAddressGate>(closed),
                RemotePort = IsClosed<LoopPortGate>(closed) ? ServicePort : ClientPort,
            };
            var uses = gates.Uses();
            var look = gates.OutlookOf("echo", client);
            Assert.Equal(uses, gates.Uses());
            var loops = IsClosed<LoopGate>(closed) ? LoopBefore(arrival, time) : null;
            var verdict = gates.Judge(client).Reason ?? gates.JudgeAnswer(client, arrival, ServicePort, [1], [1, 2], loops).Reason;
            var first = AssertFirst(closed, map, "7/udp", verdict);
            Assert.Equal((Name(closed), first is EntryGate ? verdict : null, false), (Name(closed), look.Word, look.Waits));
            AssertUses([.. GateOrder.OfDatagrams, .. GateOrder.OfAnswers], uses);
        }
    }

    [Theory]
    [InlineData("echo", "7/udp", "192.0.2.1", "loop_address loop_port budget loop")]
    [InlineData("echo", "7/udp", "127.0.0.1", "loop_address loop_port loop")]
    [InlineData("echo", "@it", "uid:7", "loop")]
    [InlineData("plugin", "7/udp", "192.0.2.1", "loop_address loop_port")]
    [InlineData("plugin", "@it", "uid:7", "")]
    public void Answer_OfAService_ListsTheGatesThatItPasses(string service, string socket, string peer, string expected)
    {
        var transport = socket[0] == '@' ? Transport.UnixDatagram : Transport.Udp;
        var key = PortNotation.Read(socket, Hosts.Names(), out _)! with { Transport = transport };
        var map = Maps.Of(Maps.Tcp(7, null, Maps.Handler(service)) with { Key = key });

        var (entries, problem) = Explanation.Of(map, peer, socket, new HashSet<string> { "echo" }, Hosts.Linux.Names, Now);

        Assert.Null(problem);
        var answers = GateOrder.OfAnswers.Select(gate => gate.Refusal.Reason).ToHashSet();
        Assert.Equal(expected, string.Join(' ', Assert.Single(entries).Gates.Select(gate => gate.Gate).Where(answers.Contains)));
    }

    private static IEnumerable<IReadOnlyList<T>> Subsets<T>(T[] all) => Enumerable.Range(0, 1 << all.Length)
        .Select(bits => all.Where((_, i) => (bits & (1 << i)) != 0).ToList());

    private static bool IsClosed<T>(IEnumerable<Gate> closed) => closed.Any(gate => gate is T);

    private static string Name(IEnumerable<Gate> closed) => string.Join(' ', closed.Select(gate => gate.GetType().Name));

    /// <summary>A map that has these keys, each of which lets one in and has the token of a single hour.</summary>
    private static Map MapOf(Transport transport, params IEnumerable<string> limited)
    {
        var keys = limited.ToHashSet();
        var admission = Maps.Admission with
        {
            MaxConnections = keys.Contains("max_connections") ? 1 : null,
            Rate = keys.Contains("rate") ? Shared : null,
            RatePerSource = keys.Contains("rate_per_source") ? Once : null,
            MaxPerSource = keys.Contains("max_per_source") ? 1 : null,
            MaxPerNetwork = keys.Contains("max_per_network") ? 1 : null,
            BytesPerSource = keys.Contains("bytes_per_source") ? new Rate(BudgetOfSource, TimeSpan.FromDays(1), BudgetOfSource) : null,
            Deny = keys.Contains("allow") ? [Denied] : [],
            Times = keys.Contains("times") ? [new TimeWindow(0, 0, 1)] : [],
            TimeZone = TimeZoneInfo.Utc,
            Positions = keys.Append("max_per_network").Where(Keys.Contains).Distinct().ToDictionary(key => key, key => Maps.At(Line(key))),
        };
        var service = Maps.Handler("echo") with { Admission = admission };
        var map = Maps.Of(Maps.Tcp(7, null, service) with { Key = new PortKey { Transport = transport, Number = 7 } });
        return map with { Daemon = map.Daemon with { MaxConnections = keys.Contains("daemon.max_connections") ? 1 : null } };
    }

    private static int Line(string key) => 1 + Array.IndexOf(Keys, key);

    private static int? LineOf(Gate gate) => Keys.Contains(gate.Key) ? Line(gate.Key) : null;

    private static Terms TermsOf(Map map, TimeProvider time)
    {
        var admission = map.Ports[0].Service.Admission;
        return Terms.Of(map.Ports[0].Service, new PeerRules(admission.Allow, admission.Deny), time)
            .OfDatagrams(new HashSet<int>(), isBuiltin: true, time);
    }

    /// <summary>Exchanges of which the next answer is one too many.</summary>
    private static LoopWatch LoopBefore(DatagramArrival arrival, TimeProvider time)
    {
        var (watch, loops) = (new LoopWatch(time.TimestampFrequency), new LoopWatch(time.TimestampFrequency));
        while (MayAnswer(watch))
        {
            MayAnswer(loops);
        }

        return loops;

        bool MayAnswer(LoopWatch exchanges) => exchanges.TryAnswer(arrival, isLocal: false, [1], [1, 2], time.GetTimestamp());
    }

    private static void Apply(Gates gates, Map map)
    {
        gates.Apply(map);
        gates.WakeAndForget(map);
    }

    /// <summary>The first closed gate of those that are listed, whose word the verdict is.</summary>
    private static Gate? AssertFirst(IReadOnlyList<Gate> closed, Map map, string socket, string? verdict)
    {
        var (entries, problem) = Explanation.Of(map, $"{Client}", socket, new HashSet<string> { "echo" }, Hosts.Linux.Names, Now);
        Assert.Null(problem);
        var listed = Assert.Single(entries).Gates
            .Select(told => closed.FirstOrDefault(gate => (told.Gate, told.At?.Line) == (gate.Refusal.Reason, LineOf(gate))))
            .OfType<Gate>().ToList();

        Assert.Equal((Name(closed), Name(closed)), (Name(closed), Name(listed)));
        Assert.Equal((Name(closed), listed.FirstOrDefault()?.Refusal.Reason), (Name(closed), verdict));
        return listed.FirstOrDefault();
    }

    /// <summary>The limits stand in the order of the gates.</summary>
    private static void AssertUses(Gate[] gates, IReadOnlyList<Server.Tally.LimitUse> uses) => Assert.Equal(
        gates.Select(gate => gate.Key).Distinct().Where(key => uses.Any(use => use.Limit == key)), uses.Select(use => use.Limit));
}
