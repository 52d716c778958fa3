using System.Net;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>
/// What <c>explain</c> lists is what the gates ask, in their order: of several gates that refuse, the verdict names the one that is listed
/// first.
/// </summary>
public sealed class GateOrderTests
{
    private static readonly string[] OfConnections =
    [
        "total_limit", "service_limit", "rate", "address", "time", "rate_per_source", "source_limit",
    ];
    private static readonly string[] OfDatagrams = ["address", "time", "rate", "rate_per_source"];
    private static readonly Rate Once = new(1, TimeSpan.FromHours(1), 1);
    private static readonly DateTimeOffset Now = new(2100, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void Connection_BeforeAnyGatesThatRefuse_IsRefusedByTheFirstThatIsListed()
    {
        foreach (var closed in Subsets(OfConnections))
        {
            using var log = new RecordingLogger();
            var time = new WatchedTime();
            time.SetUtcNow(Now);
            var gate = new Gate(log, time);
            Apply(gate, MapOf(OfConnections.Except(["address", "time"]), Transport.Tcp));
            using var first = gate.Of("echo").TryEnter(null)!;
            Assert.Null(gate.Of("echo").Judge(first, Peer.Of(Client)).Reason);

            // The one that is in has used up all that is limited; what is not in the set is open again.
            var map = MapOf(closed, Transport.Tcp);
            Apply(gate, map);
            using var second = gate.Of("echo").TryEnter(null)!;
            AssertFirst(closed, map, "7/tcp", gate.Of("echo").Judge(second, Peer.Of(Client)).Reason);
        }
    }

    [Fact]
    public void Datagram_BeforeAnyGatesThatRefuse_IsRefusedByTheFirstThatIsListed()
    {
        foreach (var closed in Subsets(OfDatagrams))
        {
            var time = new FakeTimeProvider(Now);
            var all = MapOf(OfDatagrams.Except(["address", "time"]), Transport.Udp);
            var gate = new DatagramGate(TermsOf(all), time);
            Assert.Null(gate.Judge(Peer.Of(Client)).Reason);

            var map = MapOf(closed, Transport.Udp);
            gate.Become(TermsOf(map));
            AssertFirst(closed, map, "7/udp", gate.Judge(Peer.Of(Client)).Reason);

            DatagramTerms TermsOf(Map map)
            {
                var service = map.Ports[0].Service;
                return DatagramTerms.Of(
                    Terms.Of(service, new PeerRules(service.Admission.Allow, service.Admission.Deny), time), new HashSet<int>(),
                    isBuiltin: false, time);
            }
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Subsets(string[] gates) => Enumerable.Range(0, 1 << gates.Length)
        .Select(bits => gates.Where((_, i) => (bits & (1 << i)) != 0).ToList());

    private static Map MapOf(IEnumerable<string> limited, Transport transport)
    {
        var keys = limited.ToHashSet();
        var admission = Maps.Admission with
        {
            MaxConnections = keys.Contains("service_limit") ? 1 : null,
            Rate = keys.Contains("rate") ? Once : null,
            RatePerSource = keys.Contains("rate_per_source") ? Once : null,
            MaxPerSource = keys.Contains("source_limit") ? 1 : null,
            Deny = keys.Contains("address") ? [new PeerRule("192.0.2.0/24", Maps.At(1)) { Network = IPNetwork.Parse("192.0.2.0/24") }] : [],
            Times = keys.Contains("time") ? [new TimeWindow(0, 0, 1)] : [],
            TimeZone = TimeZoneInfo.Utc,
        };
        var service = Maps.Handler("echo") with { Admission = admission };
        var map = Maps.Of(Maps.Tcp(7, null, service) with { Key = new PortKey { Transport = transport, Number = 7 } });
        return map with { Daemon = map.Daemon with { MaxConnections = keys.Contains("total_limit") ? 1 : null } };
    }

    private static void Apply(Gate gate, Map map)
    {
        gate.Apply(map);
        gate.Settle(map);
    }

    private static void AssertFirst(IReadOnlyList<string> closed, Map map, string socket, string? verdict)
    {
        var (entries, problem) = Explanation.Of(map, $"{Client}", socket, new HashSet<string>(), Now);
        Assert.Null(problem);
        var words = closed.Select(gate => gate == "rate_per_source" ? "source_rate" : gate).ToHashSet();
        var listed = Assert.Single(entries).Gates.Select(gate => gate.Gate).Where(words.Contains);

        Assert.Equal((string.Join(' ', closed), listed.FirstOrDefault()), (string.Join(' ', closed), verdict));
    }
}
