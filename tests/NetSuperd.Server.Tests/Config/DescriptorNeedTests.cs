using System.Net.Sockets;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

public sealed class DescriptorNeedTests
{
    private const string Map = """
        [ports]
        10007 = "echo"
        "127.0.0.1:10008" = "echo"
        "127.0.0.1:10009/udp" = "echo"
        "@one" = "quiet"
        "@two" = "loud"
        [services.loud]
        exec = ["/bin/cat"]
        user = "root"
        [services.quiet]
        exec = ["/bin/cat"]
        user = "root"
        stderr = "null"
        [services.off]
        exec = ["/bin/cat"]
        user = "root"
        enabled = false
        [daemon]
        max_connections = 700
        """;

    [Fact]
    public void Of_AMap_CountsSocketsPipesThreadsAndConnections()
    {
        var need = DescriptorNeed.Of(MapFiles.LoadText(Map).Map);

        Assert.Equal((Socket.OSSupportsIPv6 ? 6 : 5, 2, 2, 700), (need.Sockets, need.Pipes, need.Threads, need.Connections));
        Assert.Equal(need.AtRest + 700, need.Most);
    }

    [Fact]
    public void Of_AMapWithoutLimits_SetsNone()
    {
        var need = DescriptorNeed.Of(MapFiles.LoadText(
            "[ports]\n10007 = \"echo\"\n[defaults]\nmax_connections = \"unlimited\"\n[daemon]\nmax_connections = \"unlimited\"\n").Map);

        Assert.Null(need.Most);
        Assert.Null(need.Warning(need.AtRest));
    }

    [Theory]
    [InlineData(-1, true, false)]
    [InlineData(0, false, true)]
    [InlineData(699, false, true)]
    [InlineData(700, false, false)]
    public void Load_ByWhatTheProcessMayHave_ComplainsWarnsOrIsSilent(int beyondRest, bool complains, bool warns)
    {
        var available = DescriptorNeed.Of(MapFiles.LoadText(Map).Map).AtRest + beyondRest;
        var problems = MapFiles.LoadText(Map, MapFiles.Plain with { Descriptors = available, MayRaiseLimits = false }).Problems;

        Assert.Equal(complains, problems.Any(problem => problem.Message.Contains("before the first connection", StringComparison.Ordinal)));
        var warning = problems.SingleOrDefault(problem => problem.Message.Contains($"descriptors for {Math.Max(0, beyondRest)}", StringComparison.Ordinal));
        Assert.Equal(warns, warning is not null);
        Assert.Equal(warns ? 19 : null, warning?.At.Line);
    }

    [Fact]
    public void Load_WithTheRightToRaiseLimits_AsksForNoMoreThanTheSystemAllows()
    {
        var few = MapFiles.Plain with { Descriptors = 10, MayRaiseLimits = true, MostDescriptors = 1 << 20 };

        Assert.DoesNotContain(MapFiles.LoadText(Map, few).Problems, problem => problem.Message.Contains("descriptors", StringComparison.Ordinal));
        Assert.Contains(
            MapFiles.LoadText(Map, few with { MostDescriptors = 100 }).Problems,
            problem => problem.Message.Contains("may have 100: raise", StringComparison.Ordinal));
    }
}
