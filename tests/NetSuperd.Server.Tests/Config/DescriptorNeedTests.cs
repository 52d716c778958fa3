using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

public sealed class DescriptorNeedTests
{
    private static readonly HashSet<string> Builtins = ["echo", "discard"];

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
        var need = Need(Map);

        Assert.Equal(
            (Socket.OSSupportsIPv6 ? 6 : 5, 2, 2, 2, 700), (need.Sockets, need.Pipes, need.Threads, need.Processes, need.Connections));
        Assert.Equal(need.AtStart + 700 + need.Logs, need.Most);
    }

    [Fact]
    public void Of_HandlersOfDatagrams_AreOneThreadForAllBuiltinsAndOneForEachOtherService()
    {
        var need = Need("""
            [ports]
            "127.0.0.1:10007/udp" = "echo"
            "127.0.0.1:10008/udp" = "again"
            "127.0.0.1:10009/udp" = "discard"
            "127.0.0.1:10010/udp" = "plugin"
            "127.0.0.1:10011/udp" = "plugin"
            "127.0.0.1:10012/udp" = "other"
            "127.0.0.1:10013" = "stream"
            "127.0.0.1:10014-10015/udp" = "elsewhere"
            [services.again]
            handler = "echo"
            [services.elsewhere]
            handler = "echo"
            worker = "one"
            [services.other]
            handler = "plugin"
            """);

        // A worker has a channel for each of its sockets.
        Assert.Equal((2 * 4) + 2, need.Threads);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("user = \"root\"", 2)]
    [InlineData("user = \"nobody\"", 2)]
    [InlineData("user = \"nobody\"\n[services.other]\nexec = [\"/bin/cat\"]\nuser = \"root\"", 4)]
    [InlineData("user = \"nobody\"\n[services.other]\nexec = [\"/bin/cat\"]\nuser = \"nobody\"\nno_new_privs = false", 4)]
    [InlineData("user = \"nobody\"\nwait = true\n[services.other]\nexec = [\"/bin/cat\"]\nuser = \"games\"", 2)]
    public void Of_ProgramsWithAndWithoutABoundingSet_IsAForkServerForEachKind(string keys, int descriptors)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can empty the bounding set");
        var need = Need(
            keys.Length == 0
                ? "[ports]\n10007 = \"echo\"\n"
                : $"[ports]\n\"@x\" = \"echo\"\n[services.one]\nexec = [\"/bin/cat\"]\n{keys}\n",
            MapFiles.Root);

        Assert.Equal(descriptors, need.Processes);
    }

    [Theory]
    [InlineData("7", "log", 7)]
    [InlineData("7", "null", 0)]
    [InlineData("\"unlimited\"", "log", 1024)]
    public void Of_ChildrenWithAPipeForStandardError_CountsTheirPipesAsFarAsTheyHaveOne(string most, string stderr, int logs)
    {
        var need = Need($"[ports]\n\"@x\" = \"c\"\n[services.c]\nexec = [\"/bin/cat\"]\nuser = \"root\"\nmax_connections = {most}\n"
            + $"stderr = \"{stderr}\"\n[daemon]\nmax_connections = \"unlimited\"\n");

        Assert.Equal(logs, need.Logs);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(9000)]
    [InlineData(50_000)]
    public void Most_OfDescriptors_SufficesForEveryConnectionAndThePipesThatTheProcessThenMakes(long connections)
    {
        var need = Need($"[ports]\n\"@x\" = \"c\"\n[services.c]\nexec = [\"/bin/cat\"]\nuser = \"root\"\nmax_connections = {connections}\n"
            + "[daemon]\nmax_connections = \"unlimited\"\n");

        Assert.InRange(
            need.Most!.Value, need.AtStart + connections + Math.Min(connections, DescriptorNeed.MostLogs(need.Most.Value)),
            need.AtStart + connections + 1024);
        Assert.Null(need.Warning(need.Most.Value, ""));
        Assert.NotNull(need.Warning(need.Most.Value - 2, ""));
    }

    [Fact]
    public void Of_AMapWithoutLimits_SetsNone()
    {
        var need = Need("[ports]\n10007 = \"echo\"\n[defaults]\nmax_connections = \"unlimited\"\n[daemon]\n"
            + "max_connections = \"unlimited\"\n");

        Assert.Null(need.Most);
        Assert.Null(need.Warning(need.AtStart, ""));
    }

    [Theory]
    [InlineData(-1, true, false)]
    [InlineData(0, false, true)]
    [InlineData(699, false, true)]
    [InlineData(700, false, false)]
    public void Load_ByWhatTheProcessMayHave_ComplainsWarnsOrIsSilent(int beyondRest, bool complains, bool warns)
    {
        var available = Need(Map).AtStart + (beyondRest < 699 ? beyondRest : Need(Map).Logs + beyondRest);
        var problems = MapFiles.LoadText(Map, MapFiles.Plain with { Descriptors = available, MayRaiseLimits = false }).Problems;

        Assert.Equal(complains, problems.Any(problem => problem.Message.Contains("before the first connection", StringComparison.Ordinal)));
        var warning = problems.SingleOrDefault(problem => problem.Message.Contains(
            $"descriptors for {Math.Max(0, beyondRest)}", StringComparison.Ordinal));
        Assert.Equal(warns, warning is not null);
        Assert.Equal(warns ? 19 : null, warning?.At.Line);
    }

    [Fact]
    public void Load_WithTheRightToRaiseLimits_AsksForNoMoreThanTheSystemAllows()
    {
        var few = MapFiles.Plain with { Descriptors = 10, MayRaiseLimits = true, MostDescriptors = 1 << 20 };

        Assert.DoesNotContain(MapFiles.LoadText(Map, few).Problems, problem =>
            problem.Message.Contains("descriptors", StringComparison.Ordinal));
        Assert.Contains(
            MapFiles.LoadText(Map, few with { MostDescriptors = 100 }).Problems,
            problem => problem.Message.Contains("may have only 100: raise", StringComparison.Ordinal));
    }

    private static DescriptorNeed Need(string map, Surroundings? surroundings = null) =>
        DescriptorNeed.Of(MapFiles.LoadText(map, surroundings).Map, Builtins, (surroundings ?? MapFiles.Plain).UserId);
}
