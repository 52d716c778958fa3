using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>How many connections one source may have, and how often it may come.</summary>
public sealed class SourceGateTests : GatesTest
{
    private static readonly Rate Three = new(3, TimeSpan.FromHours(1), 3);

    [Fact]
    public void Judge_OneSource_HasItsOwnLimitAndLocalPeersHaveNone()
    {
        Apply(Maps.Admission with { MaxPerSource = 2, SourcePrefix = new SourcePrefix(24, 64) });

        Assert.Equal([null, null, "source_limit"], [Judge("192.0.2.1"), Judge("192.0.2.2"), Judge("192.0.2.3")]);
        Assert.Null(Judge("192.0.3.1"));
        Assert.Equal([null, null, "source_limit"], [Judge("2001:db8::1"), Judge("2001:db8::2"), Judge("2001:db8::ffff:3")]);
        Assert.Null(Judge("2001:db8:0:1::1"));
        Assert.Equal([null, null, null], [Judge("127.0.0.1"), Judge("127.0.0.1"), Judge("127.0.0.1")]);

        Assert.Equal(2, MostOfASource());

        Apply(Maps.Admission with { MaxPerSource = 4, CountsLocalPeers = true, SourcePrefix = new SourcePrefix(24, 64) });
        Assert.Equal([null, "source_limit"], [Judge("127.0.0.1"), Judge("127.0.0.1")]);
        Assert.Equal(4, MostOfASource());
    }

    [Fact]
    public void Judge_ARefusalByTheLimit_TakesNoTokenOfTheSourceAndOfTheRate()
    {
        Apply(Maps.Admission with { MaxPerSource = 1, RatePerSource = Three, Rate = Three });

        Assert.Equal(
            [null, "source_limit", "source_limit", "source_limit"], Enumerable.Range(0, 4).Select(_ => Judge("192.0.2.1")));

        Assert.Equal(
            [new("rate", 1, 3), new("rate_per_source", 1, 3)],
            Gates.Of("echo").Uses().Where(use => use.Limit.StartsWith("rate", StringComparison.Ordinal)));
    }

    [Fact]
    public void Judge_ALimitThatAMapBrings_CountsTheLiveConnections()
    {
        Apply(Maps.Admission with { MaxPerSource = null });
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(Judge("192.0.2.1"));
        }

        Apply(Maps.Admission with { MaxPerSource = 2 });

        Assert.Equal(3, MostOfASource());
        Assert.Equal("source_limit", Judge("192.0.2.1"));
        Assert.Null(Judge("192.0.2.2"));
    }

    [Fact]
    public void Judge_AFasterRateThatAMapBrings_HoldsForASourceThatHadUsedUpTheSlowOne()
    {
        Apply(Maps.Admission with { RatePerSource = new Rate(1, TimeSpan.FromHours(1), 1) });
        Assert.Equal([null, "source_rate"], [Judge("192.0.2.1"), Judge("192.0.2.1")]);

        Apply(Maps.Admission with { RatePerSource = new Rate(1, Second, 1) });
        Assert.Equal("source_rate", Judge("192.0.2.1"));
        Time.Advance(Second);

        Assert.Null(Judge("192.0.2.1"));
    }

    private long MostOfASource() => Gates.Of("echo").Uses().Single(use => use.Limit == "max_per_source").Used;
}
