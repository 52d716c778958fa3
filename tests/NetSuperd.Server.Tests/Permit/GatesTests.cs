using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>What an operator and another process see of the gates, and what a map does to them.</summary>
public sealed class GatesTests : GatesTest
{
    [Fact]
    public void Uses_OfEachLimit_AreWhatIsTakenAndTheOutlookSaysWhatWouldHappen()
    {
        Apply(Said(Maps.Admission with
        {
            MaxConnections = 4,
            Rate = new Rate(6, TimeSpan.FromHours(1), 6),
            RatePerSource = new Rate(2, TimeSpan.FromHours(1), 2),
            MaxPerSource = 3,
            Deny = [Rule("203.0.113.0/24")],
        }));
        var gate = Gates.Of("echo");
        Assert.Equal(
            [new("max_connections", 0, 4), new("rate", 0, 6), new("rate_per_source", 0, 2), new("max_per_source", 0, 3)], gate.Uses());
        Assert.Null(Judge("192.0.2.1"));
        Assert.Null(Judge("192.0.2.1"));
        Assert.Null(Judge("192.0.2.2"));

        Assert.Equal(
            [new("max_connections", 3, 4), new("rate", 3, 6), new("rate_per_source", 2, 2), new("max_per_source", 2, 3)], gate.Uses());
        var drained = gate.OutlookOf(Peer("192.0.2.1"));
        Assert.Equal(("source_rate", false, 1800.0), (drained.Word, drained.Waits, drained.RetrySeconds));
        Assert.Equal([new("rate_per_source", 2, 2), new("max_per_source", 2, 3)], drained.Limits.Skip(2));
        Assert.Equal("address", gate.OutlookOf(Peer("203.0.113.1")).Word);
        Assert.Null(gate.OutlookOf(Peer("192.0.2.3")).Word);

        Assert.Null(Judge("192.0.2.3"));
        var full = gate.OutlookOf(Peer("192.0.2.4"));
        Assert.Equal(("service_limit", true, null), (full.Word, full.Waits, full.RetrySeconds));
        Assert.Equal(4, Gates.Total.Taken);
    }

    /// <summary>A limit that is off does not hide the others, and a service whose sockets all take datagrams has no connections.</summary>
    [Theory]
    [InlineData(new[] { "7", "7/udp" }, new[] { "rate", "rate" })]
    [InlineData(new[] { "7/udp" }, new[] { "rate" })]
    public void Uses_OfAServiceThatTakesDatagrams_HaveTheLimitsOfItsSockets(string[] sockets, string[] limits)
    {
        var rate = new Rate(6, TimeSpan.FromHours(1), 6);
        Apply(Said(Maps.Admission with { MaxConnections = null, MaxPerSource = null, Rate = rate }), sockets);
        var gate = Gates.Of("echo");
        gate.DatagramsBy(new HashSet<int> { 7 }, isBuiltin: false);

        Assert.Equal(limits, gate.Uses().Select(use => use.Limit));
    }

    [Fact]
    public async Task CountElsewhere_ConnectionsOfThePredecessor_Count()
    {
        Apply(Maps.Admission with { MaxConnections = 3, MaxPerSource = 2 });
        Gates.CountElsewhere([("echo", "192.0.2.1:4000"), ("echo", "192.0.2.1:4001"), ("other", "192.0.2.1:4002")]);

        Assert.Equal("source_limit", Judge("192.0.2.1"));
        Assert.Equal("source_limit", Judge("192.0.2.2"));
        Assert.Null(Judge("192.0.3.2"));
        Assert.Equal(4, Gates.Total.Taken);
        Assert.Equal(new Dictionary<string, int> { ["echo"] = 3 }, Gates.Live());
        var waiting = AdmitAsync();
        Assert.False(waiting.IsCompleted);
        Gates.CountElsewhere([("echo", "uid:7 pid:4711")]);
        await waiting.WaitAsync(Patience, Cancel);
        Assert.Equal(3, Gates.Total.Taken);
    }

    [Fact]
    public async Task Apply_AServiceThatIsGone_IsForgottenWithItsLastConnection()
    {
        Apply(Maps.Admission);
        var lease = await EnterAsync();

        Apply(10, Service("other", Maps.Admission));
        Assert.Equal(1, Gates.Of("echo").Uses()[0].Used);
        lease.Dispose();
        Apply(10, Service("other", Maps.Admission));
        Assert.Throws<KeyNotFoundException>(() => Gates.Of("echo"));
        Assert.Equal(0, Gates.Total.Taken);
    }
}
