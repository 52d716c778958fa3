using System.Globalization;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

public sealed class LoadCostTests
{
    [Fact]
    public void Load_TenTimesThePorts_AllocatesAboutTenTimesAsMuch()
    {
        using var folder = new TemporaryFolder();
        var small = folder.Write("small.toml", HostileTexts.Big(200));
        var large = folder.Write("large.toml", HostileTexts.Big(2_000));
        _ = Measure(small);

        // Lists that are copied for each port or service would make it a hundred. Memory and not time: the machine is shared.
        Assert.InRange(Measure(large) / Measure(small), 5, 15);
    }

    [Theory]
    [InlineData("20001-{0}")]
    [InlineData("[::1]:20001-{0}/udp")]
    public void Load_TenTimesTheRange_AllocatesAboutTenTimesAsMuch(string key)
    {
        using var folder = new TemporaryFolder();
        var small = folder.Write("small.toml", Range(key, 400));
        var large = folder.Write("large.toml", Range(key, 4_000));
        _ = Measure(small);

        // A load without ports costs something too.
        Assert.InRange(Measure(large) / Measure(small), 2, 15);
    }

    [Fact]
    public void Show_TenTimesTheRange_AllocatesAboutTenTimesAsMuch()
    {
        var (small, large) = (MapFiles.LoadText(Range("20001-{0}", 400)).Map, MapFiles.LoadText(Range("20001-{0}", 4_000)).Map);
        _ = MapText.Entries(small);

        Assert.InRange(Shown(large) / Shown(small), 1, 15);

        static double Shown(Map map)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(MapText.Entries(map).Count, MapDiff.Between([], MapText.Entries(map)).Count);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Load_TenTimesThePeers_AllocatesAboutTenTimesAsMuch()
    {
        using var folder = new TemporaryFolder();
        var small = folder.Write("small.toml", Peers(1_000));
        var large = folder.Write("large.toml", Peers(10_000));
        _ = Measure(small);

        Assert.InRange(Measure(large) / Measure(small), 5, 15);
    }

    [Fact]
    public void Load_TwentyTimesTheOpenStrings_AllocatesFarFromTwentyTimesAsMuch()
    {
        // A file that is torn is read again without the torn line, and a large one not as often.
        using var folder = new TemporaryFolder();
        var small = folder.Write("small.toml", string.Concat(Enumerable.Repeat("\"\n", 10_000)));
        var large = folder.Write("large.toml", string.Concat(Enumerable.Repeat("\"\n", 200_000)));
        _ = Measure(small, hasProblems: true);

        Assert.InRange(Measure(large, hasProblems: true) / Measure(small, hasProblems: true), 1, 8);
    }

    private static string Range(string key, int count) =>
        $"[ports]\n\"{string.Format(CultureInfo.InvariantCulture, key, 20_000 + count)}\" = \"echo\"\n";

    private static string Peers(int count)
    {
        var peers = Enumerable.Range(0, count).Select(number => $"\"10.{number / 256}.{number % 256}.0/24\"");
        return $"[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\ndeny = [{string.Join(",\n", peers)}]\nallow = [\"10.0.0.0/8\"]\n";
    }

    private static double Measure(string file, bool hasProblems = false)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = MapFiles.Load(file);
        Assert.Equal(hasProblems, result.Problems.Length > 0);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
