using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>How many places one network may have.</summary>
public sealed class NetworkGateTests : GatesTest
{
    [Theory]
    [InlineData("192.0.2.{0}", "192.0.3.1", 4)]
    [InlineData("2001:db8:7:{0:x}00::1", "2001:db8:8::1", 4)]
    [InlineData("2001:db8:7:{0:x}::1", "2001:db8:7:100::1", 2)]
    public void Judge_OneNetwork_HasHalfOfThePlacesHoweverManySourcesItHas(string network, string other, int expected)
    {
        Apply(Maps.Admission with { MaxConnections = 8 });

        Assert.Equal(expected, Count(network, 20));
        Assert.Equal(new("max_per_network", expected, 4), Gates.Of("echo").Uses()[^1]);
        Assert.Null(Judge(other));
    }

    [Fact]
    public void Judge_NetworksThatTakeAllTheyCan_LeavePlacesToTheNext()
    {
        Apply(Maps.Admission with { MaxConnections = 64 });

        foreach (var (network, expected) in ((string, int)[])[("2", 32), ("3", 16), ("4", 8), ("5", 4), ("6", 2), ("7", 1)])
        {
            Assert.Equal(expected, Count($"192.0.{network}.{{0}}", 100));
        }

        Assert.Null(Judge("192.0.8.1"));
        Assert.Equal("service_limit", Judge("192.0.9.1"));
    }

    [Fact]
    public void Judge_OneNetworkAtManyServices_HasHalfOfThePlacesOfTheDaemon()
    {
        Apply(20, Service("echo", Maps.Admission), Service("other", Maps.Admission));

        Assert.Equal((5, 5), (Count("2001:db8:0:{0:x}00::1", 5), Count("2001:db8:0:{0:x}00::1", 50, "other")));
        Assert.Equal(("source_limit", "source_limit"), (Judge("2001:db8:0:ff00::1"), Judge("2001:db8:0:ff00::1", "other")));
        Assert.Null(Judge("192.0.2.1"));
        Assert.Equal((10, 10), Gates.TotalOfANetwork);
        var look = Gates.Of("echo").OutlookOf(Peer("2001:db8:0:ff00::1"));
        Assert.Equal("source_limit", look.Word);
        Assert.Contains(new("max_per_network", 10, 10), look.Limits);
    }

    [Theory]
    [InlineData("127.0.0.1:7", "127.0.0.{0}", null, 8)]
    [InlineData("7", "127.0.0.{0}", "192.0.2.1", 4)]
    [InlineData("7", "::1", "192.0.2.1", 4)]
    [InlineData("127.0.0.1:7 /run/it.sock", "127.0.0.{0}", "uid:7", 4)]
    [InlineData("/run/it.sock", "uid:{0}", null, 8)]
    [InlineData("/run/it.sock", "uid:5", null, 8)]
    [InlineData("@it", "uid:5", "uid:7", 4)]
    [InlineData("@it", "uid:{0}", null, 8)]
    [InlineData("@it 7", "uid:{0}", "192.0.2.1", 4)]
    public void Judge_PeersOfThisHost_LeaveHalfToOtherPeers(string sockets, string network, string? other, int expected)
    {
        Apply(Maps.Admission with { MaxConnections = 8, MaxPerSource = null }, sockets.Split(' '));

        Assert.Equal(expected, Count(network, 20));
        Assert.Equal(other is null ? "service_limit" : null, Judge(other ?? network));
    }

    [Fact]
    public void Judge_ANumberThatTheMapSays_TakesThePlaceOfHalf()
    {
        Apply(Said(Maps.Admission with { MaxConnections = 8, MaxPerNetwork = 7 }), "127.0.0.1:7");
        Assert.Equal(7, Count("127.0.0.{0}", 20));

        Apply(8, Service("echo", Said(Maps.Admission with { MaxPerNetwork = null })));
        Assert.Equal(1, Count("127.0.0.{0}", 1));
        Assert.Equal("total_limit", Judge("192.0.2.1"));
        Assert.DoesNotContain(Gates.Of("echo").Uses(), use => use.Limit == "max_per_network");
    }

    [Theory]
    [InlineData("192.0.2.7", 20, 15, 15)]
    [InlineData("192.0.2.{0}", 20, 15, 15)]
    [InlineData("2001:db8::{0}", 20, 15, 15)]
    [InlineData("2001:db8:0:0:{0}::", 20, 15, 15)]
    [InlineData("2001:db8:0:{0}::", 20, 15, 15)]
    [InlineData("192.0.2.{0}", 20, 3, 10)]
    [InlineData("192.0.2.{0}", 5, 3, 3)]
    [InlineData("192.0.2.{0}", 7, 2, 4)]
    [InlineData("192.0.2.{0}", 20, 1000, 20)]
    [InlineData("192.0.2.{0}", 20, null, 10)]
    public void Judge_ANumberOfMaxPerSourceThatTheMapNames_IsTheLeastOfANetwork(string network, int most, int? ofSource, int expected)
    {
        var admission = Said(Maps.Admission with { MaxConnections = most, MaxPerSource = ofSource }, "max_per_source");
        Apply(most, Service("echo", admission));

        Assert.Equal(expected, Count(network, 30));
        Assert.Contains(new("max_per_network", expected, expected), Gates.Of("echo").Uses());
    }

    [Fact]
    public void Judge_MaxPerNetwork_WinsOverMaxPerSource()
    {
        var admission = Maps.Admission with { MaxConnections = 20, MaxPerSource = 15, MaxPerNetwork = 4 };
        Apply(Said(admission, "max_per_source", "max_per_network"), "127.0.0.1:7");

        Assert.Equal(4, Count("127.0.0.{0}", 20));
    }

    [Fact]
    public async Task Judge_AConnectionThatEnds_MakesRoomForItsNetworkAndARefusalTakesNone()
    {
        Apply(Maps.Admission with { MaxConnections = 4, RatePerSource = new Rate(3, TimeSpan.FromHours(1), 3) });
        var first = await AdmitAsync("echo", "192.0.2.1");
        var second = await AdmitAsync("echo", "192.0.2.1");
        Assert.Equal(["source_limit", "source_limit"], [Judge("192.0.2.1"), Judge("192.0.2.2")]);

        first.Dispose();
        first.Dispose();

        Assert.Equal([null, "source_rate"], [Judge("192.0.2.1"), Judge("192.0.2.1")]);
        second.Dispose();
        Assert.Equal(1, Gates.Total.Taken);
    }
}
