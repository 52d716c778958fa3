using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Which keys of admission apply to which service.</summary>
public sealed class AdmissionTests
{
    private const string Defaults = """
        [defaults]
        allow = ["10.0.0.0/8"]
        max_connections = 7
        max_per_source = 3
        rate_per_source = "10/min"
        at_limit = "refuse"
        banner_refused = "no"
        idle_timeout = "5m"
        first_byte_timeout = "10s"

        """;

    [Fact]
    public void Load_NoKeys_HasTheDefaults()
    {
        var admission = MapFiles.Accept("[ports]\n7 = \"echo\"\n").Services[0].Admission;

        Assert.Equal(Maps.Admission with { Positions = admission.Positions }, admission);
        Assert.Empty(admission.Positions);
        Assert.Equal(
            (null, 1000, 100, false), (admission.Allow, admission.MaxConnections, admission.MaxPerSource, admission.CountsLocalPeers));
    }

    [Fact]
    public void Load_Defaults_HoldForServicesWithoutATableToo()
    {
        var admission = MapFiles.Accept(Defaults + "[ports]\n7 = \"echo\"\n").Ports[0].Service.Admission;

        Assert.Equal("10.0.0.0/8", Assert.Single(admission.Allow!.Value).Text);
        Assert.Equal(
            (7, 3, AtLimit.Refuse, "no"), (admission.MaxConnections, admission.MaxPerSource, admission.AtLimit, admission.BannerRefused));
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10)), (admission.IdleTimeout, admission.FirstByteTimeout));
    }

    [Fact]
    public void Load_Peers_KnowWhereTheyStand()
    {
        var allow = MapFiles.Accept("[ports]\n7 = \"a\"\n\"@a\" = \"a\"\n[services.a]\nhandler = \"echo\"\nallow = [\n  \"192.0.2.1\",\n"
            + "  \"uid:0\"]\n").Services[0].Admission.Allow;

        Assert.Equal([(7, 3), (8, 3)], allow!.Value.Select(rule => (rule.At.Line, rule.At.Column)));
    }

    [Theory]
    [InlineData("", false, 3)]
    [InlineData("max_per_source = 3", true, 3)]
    [InlineData("max_per_source = \"unlimited\"", true, null)]
    public void Load_MaxPerSource_CountsLocalPeersWhereTheServiceSaysIt(string own, bool counts, int? most)
    {
        var map = MapFiles.Accept($"[defaults]\nmax_per_source = 3\n[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\n{own}\n");
        var again = MapFiles.Accept(MapText.Format(map));

        Assert.All([map, again], loaded =>
        {
            Assert.Equal((counts, most), (loaded.Services[0].Admission.CountsLocalPeers, loaded.Services[0].Admission.MaxPerSource));
            Assert.Equal(3, loaded.DefaultMaxPerSource!.Value);
        });
    }

    [Theory]
    [InlineData("", false, null)]
    [InlineData("max_per_network = 3", true, 3)]
    [InlineData("max_per_network = \"unlimited\"", true, null)]
    public void Load_MaxPerNetwork_IsUnlimitedOnlyWhereTheMapSaysIt(string own, bool says, int? most)
    {
        var map = MapFiles.Accept($"[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\n{own}\n");

        Assert.All([map, MapFiles.Accept(MapText.Format(map))], loaded => Assert.Equal(
            (says, most), (loaded.Services[0].Admission.Has(AdmissionKeys.MaxPerNetwork), loaded.Services[0].Admission.MaxPerNetwork)));
    }

    [Theory]
    [InlineData("7", "max_connections = 4", 2)]
    [InlineData("7", "max_connections = 7", 4)]
    [InlineData("7", "max_connections = 1", null)]
    [InlineData("7", "max_connections = 8", null)]
    [InlineData("7", "max_connections = 4\nmax_per_network = 4", null)]
    [InlineData("7", "max_connections = 4\nmax_per_network = \"unlimited\"", null)]
    [InlineData("7", "max_connections = 4\nmax_per_source = 4", null)]
    [InlineData("\"127.0.0.1:7\"", "max_connections = 4", null)]
    [InlineData("\"7/udp\"", "rate = \"4/s\"", null)]
    public void Warns_OfFewPlacesOfWhichANetworkHasHalf(string socket, string keys, int? half)
    {
        var result = MapFiles.LoadText($"[ports]\n{socket} = \"a\"\n[services.a]\nhandler = \"echo\"\n{keys}\n");

        Assert.False(result.HasErrors);
        Assert.Equal(
            half is null ? [] : [(5, $"get at most {half} of these")],
            result.Problems.Select(problem => (
                problem.At.Line,
                problem.Message[problem.Message.IndexOf(
                    "get at most", StringComparison.Ordinal)..(problem.Message.IndexOf("these", StringComparison.Ordinal) + 5)])));
    }

    [Fact]
    public void Warns_OfAMaxPerSourceAboveItsNetworks()
    {
        var problem = Assert.Single(MapFiles.LoadText(
            "[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\nmax_per_network = 10\nmax_per_source = 11\n").Problems);

        Assert.Equal(
            (Severity.Warning, 6, "no source can have 11 connections: max_per_network allows its network 10"),
            (problem.Severity, problem.At.Line, problem.Message));
    }

    [Fact]
    public void Entries_DefaultMaxPerSource_IsCompared()
    {
        var before = MapFiles.Accept("[ports]\n7 = \"echo\"\n");
        var after = MapFiles.Accept("[defaults]\nmax_per_source = \"unlimited\"\n[ports]\n7 = \"echo\"\n");

        var change = Assert.Single(MapDiff.Between(MapText.Entries(before), MapText.Entries(after)));

        Assert.Equal(new MapChange("defaults.max_per_source", null, "\"unlimited\""), change);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("[defaults]\nmax_per_source = 100\n", true)]
    public void Format_MaxPerSource_IsOnlyWhereTheMapNamesIt(string defaults, bool says)
    {
        // A number that is named lets a network have more than half of the places.
        var map = MapFiles.Accept($"{defaults}[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\nmax_connections = 50\n");

        Assert.All([map, MapFiles.Accept(MapText.Format(map))], loaded =>
            Assert.Equal(says, loaded.Services[0].Admission.Has(AdmissionKeys.MaxPerSource)));
    }

    [Fact]
    public void Load_DefaultsThatAWaitingChildCannotObey_AreWithoutEffect()
    {
        var map = MapFiles.Accept(Defaults + "[ports]\n7 = \"a\"\n\"8/udp\" = \"b\"\n"
            + "[services.a]\nexec = [\"/bin/sh\"]\nwait = true\nallow = \"everyone\"\n[services.b]\nexec = [\"/bin/sh\"]\nwait = true\n"
            + "allow = \"everyone\"\n");

        Assert.Equal(
            Maps.Admission with { MaxConnections = 7, MaxPerSource = null, Positions = map.Ports[0].Service.Admission.Positions },
            map.Ports[0].Service.Admission);
        var defaulted = map.Ports[1].Service.Admission;
        Assert.Equal((3, 10), (defaulted.MaxPerSource, defaulted.RatePerSource!.Count));
        Assert.Equal(
            (AtLimit.Defer, null, null),
            (defaulted.AtLimit, defaulted.BannerRefused, defaulted.IdleTimeout));
        Assert.Equal(map.Services, map.Ports.Select(port => port.Service));
    }

    [Theory]
    [InlineData("allow = [\"10.0.0.0/8\"]")]
    [InlineData("allow = []")]
    [InlineData("deny = [\"10.0.0.0/8\"]")]
    public void Load_DefaultsThatAWaitingChildCannotApply_AreAnErrorAtTheService(string defaults)
    {
        var problem = Assert.Single(MapFiles.LoadText($"[defaults]\n{defaults}\n[ports]\n7 = \"a\"\n[services.a]\nexec = [\"/bin/sh\"]\n"
            + "wait = true\n").Problems);

        Assert.Equal((Severity.Error, 5), (problem.Severity, problem.At.Line));
    }

    [Fact]
    public void Load_DefaultsForADisabledServiceWithAWaitingChild_AreAccepted() => MapFiles.Accept(
        "[defaults]\nallow = []\n[ports]\n6 = \"echo\"\n7 = \"a\"\n[services.a]\nexec = [\"/bin/sh\"]\nwait = true\nenabled = false\n"
        + "idle_timeout = \"5m\"\n");

    [Fact]
    public void Load_TimeZone_IsTheOneNamed()
    {
        const string Map = "[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\ntimes = [\"sat\"]\ntime_zone = \"America/New_York\"\n";

        Assert.Equal("America/New_York", MapFiles.Accept(Map).Services[0].Admission.TimeZone.Id);
        Assert.NotEmpty(MapFiles.Messages(Map.Replace("New_York", "new_york", StringComparison.Ordinal)));
        Assert.Equal(
            TimeZoneInfo.Local, MapFiles.Accept(Map.Replace("time_zone", "# ", StringComparison.Ordinal)).Services[0].Admission.TimeZone);
    }
}
