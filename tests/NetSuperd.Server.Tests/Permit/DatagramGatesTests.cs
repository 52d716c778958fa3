using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class DatagramGatesTests
{
    private const int Port = 5000;
    private static readonly IReadOnlySet<int> OwnPorts = new HashSet<int> { Port, 5001 };

    private static readonly byte[] Zeros = new byte[4096];

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("192.0.2.1", 5002, null)]
    [InlineData("192.0.2.1", 1024, null)]
    [InlineData("192.0.2.1", 1023, "loop_port")]
    [InlineData("192.0.2.1", 0, "loop_port")]
    [InlineData("192.0.2.1", 7, "loop_port")]
    [InlineData("192.0.2.1", 53, "loop_port")]
    [InlineData("192.0.2.1", 5000, "loop_port")]
    [InlineData("192.0.2.1", 5001, "loop_port")]
    [InlineData("0.0.0.0", 5002, "loop_address")]
    [InlineData("0.1.2.3", 5002, "loop_address")]
    [InlineData("127.0.0.1", 5002, "loop_address")]
    [InlineData("224.0.0.1", 5002, "loop_address")]
    [InlineData("239.255.255.255", 5002, "loop_address")]
    [InlineData("240.0.0.1", 5002, "loop_address")]
    [InlineData("255.255.255.255", 5002, "loop_address")]
    [InlineData("223.255.255.255", 5002, null)]
    [InlineData("1.0.0.1", 5002, null)]
    [InlineData("2001:db8::1", 5002, null)]
    [InlineData("::1", 5002, "loop_address")]
    [InlineData("::", 5002, "loop_address")]
    [InlineData("ff02::1", 5002, "loop_address")]
    public void JudgeAnswer_FromANetwork_SparesAddressesThatMayBeForged(string remote, int port, string? expected) =>
        Assert.Equal(expected, Answer(Gates(), Arrival(remote, port, at: 2)).Reason);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("::1")]
    public void JudgeAnswer_LoopbackOnLoopback_IsAnswered(string remote) =>
        Assert.Null(Answer(Gates(), Arrival(remote, 5002, at: 1)).Reason);

    [Fact]
    public void JudgeAnswer_SentToMany_IsNotAnswered() =>
        Assert.Equal("loop_address", Answer(Gates(), Arrival("192.0.2.1", 5002, at: 2) with { IsForMany = true }).Reason);

    [Fact]
    public void JudgeAnswer_APlugin_AnswersEveryPortButItself()
    {
        var gates = Gates(isBuiltin: false);

        Assert.Null(Answer(gates, Arrival("192.0.2.1", 53, at: 2)).Reason);
        Assert.Null(Answer(gates, Arrival("192.0.2.1", Port, at: 2)).Reason);
        Assert.Equal("loop_address", Answer(gates, Arrival("192.0.2.1", Port, at: 2) with { Local = Number("192.0.2.1") }).Reason);
        Assert.Equal("loop_address", Answer(gates, Arrival("127.0.0.1", 5002, at: 2)).Reason);
        // Another socket of this daemon would answer for ever; by its own address it is known, or by the way on which it came.
        Assert.Equal("loop_port", Answer(gates, Arrival("192.0.2.1", 5001, at: 2) with { Local = Number("192.0.2.1") }).Reason);
        Assert.Equal("loop_port", Answer(gates, Arrival("192.0.2.1", 5001, at: 1)).Reason);
        Assert.Equal("loop_port", Answer(gates, Arrival("127.0.0.1", 5001, at: 1)).Reason);
        Assert.Null(Answer(gates, Arrival("192.0.2.1", 5002, at: 1)).Reason);
    }

    [Fact]
    public void JudgeAnswer_AUnixSocket_IsAnswered() =>
        Assert.Null(Answer(Gates(), new DatagramArrival(AddressFamily.Unix, 0, 0, 0, 0, false)).Reason);

    [Fact]
    public void JudgeAnswer_TheBudgetOfASource_IsBytesAndComesBack()
    {
        var gates = Gates(Maps.Admission with { BytesPerSource = new Rate(1000, TimeSpan.FromSeconds(1), 3000) });

        Assert.Null(Answer(gates, Arrival("192.0.2.1", 5002, at: 2), 2000).Reason);
        Assert.Equal("budget", Answer(gates, Arrival("192.0.2.1", 5003, at: 2), 1001).Reason);
        Assert.Null(Answer(gates, Arrival("192.0.2.1", 5002, at: 2), 1000).Reason);
        Assert.Null(Answer(gates, Arrival("192.0.2.2", 5002, at: 2), 3000).Reason);
        Assert.Null(Answer(gates, Arrival("192.0.2.1", 5002, at: 2), 0).Reason);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("budget", Answer(gates, Arrival("192.0.2.1", 5002, at: 2), 1001).Reason);
        Assert.Null(Answer(gates, Arrival("192.0.2.1", 5002, at: 2), 1000).Reason);
    }

    [Theory]
    [InlineData(true, false, 262_144)]
    [InlineData(true, true, int.MaxValue)]
    [InlineData(false, false, int.MaxValue)]
    public void JudgeAnswer_TheDefaultBudget_IsOfBuiltinsAndNotOfLoopback(bool isBuiltin, bool isLoopback, int expected)
    {
        var gates = Gates(isBuiltin: isBuiltin);
        var arrival = Arrival(isLoopback ? "127.0.0.1" : "192.0.2.1", 5002, at: isLoopback ? 1 : 2);

        Assert.Equal(
            Math.Min(expected, 4_000_000), Enumerable.Range(0, 4_000).Count(_ => Answer(gates, arrival, 1000).Reason is null) * 1000L,
            1000.0);
    }

    [Theory]
    [InlineData(true, "192.0.2.1", 1000)]
    [InlineData(true, "127.0.0.1", 5000)]
    [InlineData(false, "192.0.2.1", 5000)]
    public void Judge_TheDefaultRateOfASource_IsOfBuiltinsAndNotOfLoopback(bool isBuiltin, string peer, int expected)
    {
        var gates = Gates(isBuiltin: isBuiltin);

        Assert.Equal(expected, Enumerable.Range(0, 5000).Count(_ => gates.Judge(Peer.Of(IPAddress.Parse(peer))).Reason is null));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            Math.Min(expected, 200), Enumerable.Range(0, 200).Count(_ => gates.Judge(Peer.Of(IPAddress.Parse(peer))).Reason is null));
    }

    [Fact]
    public void Judge_ARateThatTheMapSets_AppliesToLoopbackAndToPlugins()
    {
        var gates = Gates(Said("rate_per_source") with { RatePerSource = new Rate(2, TimeSpan.FromSeconds(1), 2) }, isBuiltin: false);

        Assert.Equal([null, null, "source_rate"], Enumerable.Range(0, 3).Select(_ => gates.Judge(Peer.Of(IPAddress.Loopback)).Reason));
    }

    [Fact]
    public void Judge_ARateThatIsUnlimited_IsNoDefault()
    {
        var gates = Gates(Said("rate_per_source"));

        Assert.All(Enumerable.Range(0, 5000), _ => Assert.Null(gates.Judge(Peer.Of(IPAddress.Parse("192.0.2.1"))).Reason));
    }

    [Fact]
    public void Judge_ASourceThatIsRefused_TakesNothingFromTheOthers()
    {
        var gates = Gates(Said("rate_per_source") with
        {
            Rate = new Rate(10, TimeSpan.FromHours(1), 10),
            RatePerSource = new Rate(2, TimeSpan.FromHours(1), 2),
        });

        Assert.Equal(2, Enumerable.Range(0, 1000).Count(_ => gates.Judge(Peer.Of(IPAddress.Parse("192.0.2.1"))).Reason is null));
        Assert.Equal(
            [null, null, null, null, null, null, null, null, "rate"],
            Enumerable.Range(10, 9).Select(i => gates.Judge(Peer.Of(IPAddress.Parse($"192.0.2.{i}"))).Reason));
    }

    [Fact]
    public void Apply_AFasterRate_HoldsForASourceThatHadUsedUpTheSlowOne()
    {
        var peer = Peer.Of(IPAddress.Parse("192.0.2.1"));
        var gates = Gates(Said("rate_per_source") with { RatePerSource = new Rate(2, TimeSpan.FromHours(1), 2) });
        Assert.Null(gates.Judge(peer).Reason);
        Assert.Null(gates.Judge(peer).Reason);

        gates.Apply(Terms(Said("rate_per_source") with { RatePerSource = new Rate(2, TimeSpan.FromSeconds(1), 2) }, isBuiltin: true));
        Assert.Equal("source_rate", gates.Judge(peer).Reason);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(gates.Judge(peer).Reason);
    }

    [Fact]
    public void Apply_AnotherMap_KeepsTheBuckets()
    {
        var gates = Gates(Said("rate_per_source") with { RatePerSource = new Rate(2, TimeSpan.FromHours(1), 2) });
        Assert.Equal(
            [null, null, "source_rate"], Enumerable.Range(0, 3).Select(_ => gates.Judge(Peer.Of(IPAddress.Parse("192.0.2.1"))).Reason));

        gates.Apply(Terms(
            Said("rate_per_source") with { RatePerSource = new Rate(2, TimeSpan.FromHours(1), 2), MaxPerSource = 5 }, isBuiltin: true));
        Assert.Equal("source_rate", gates.Judge(Peer.Of(IPAddress.Parse("192.0.2.1"))).Reason);
        Assert.Equal(2, Assert.Single(gates.Uses(), use => use.Limit == "rate_per_source").Used);
    }

    [Fact]
    public void Judge_AMillionSources_AreLimitedAndNeedNoMoreMemory()
    {
        var gates = Gates();
        for (uint i = 0; i < 1_000_000; i++)
        {
            var arrival = new DatagramArrival(AddressFamily.InterNetwork, 0x0A000000 + i, 5002, 1, 2, false);
            _ = gates.Judge(Peer.Of(arrival));
            _ = Answer(gates, arrival, 100);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 100_000; i++)
        {
            var arrival = new DatagramArrival(AddressFamily.InterNetwork, 0x0B000000 + i, 5002, 1, 2, false);
            _ = gates.Judge(Peer.Of(arrival));
            _ = Answer(gates, arrival, 100);
        }

        Allocated.NothingForEach(GC.GetAllocatedBytesForCurrentThread() - before, calls: 100_000);
    }

    private static Admission Said(string key) =>
        Maps.Admission with { Positions = new Dictionary<string, Position> { [key] = Maps.At(1) } };

    private DatagramGates Gates(Admission? admission = null, bool isBuiltin = true) =>
        new(Terms(admission ?? Maps.Admission, isBuiltin), _time);

    private Terms Terms(Admission admission, bool isBuiltin) => Server.Permit.Terms
        .Of(Maps.Handler("it") with { Admission = admission }, new PeerRules(admission.Allow, admission.Deny), _time)
        .OfDatagrams(OwnPorts, isBuiltin, _time);

    private static Verdict Answer(DatagramGates gates, DatagramArrival arrival, int bytes = 10) =>
        gates.JudgeAnswer(Peer.Of(arrival), arrival, Port, [], Zeros.AsSpan(0, bytes), loops: null);

    private static DatagramArrival Arrival(string remote, int port, int at)
    {
        var address = IPAddress.Parse(remote);
        return new DatagramArrival(address.AddressFamily, Number(remote), port, Number("192.0.2.99"), at, IsForMany: false);
    }

    private static UInt128 Number(string address) =>
        (UInt128)new BigInteger(IPAddress.Parse(address).GetAddressBytes(), isUnsigned: true, isBigEndian: true);
}
