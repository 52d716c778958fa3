using System.Diagnostics;

namespace NetSuperd.Server.Tests.Config;

public sealed class LoadTimeTests
{
    [Fact]
    public void Load_TenTimesThePorts_TakesAboutTenTimesAsLong()
    {
        using var folder = new TemporaryFolder();
        var small = folder.Write("small.toml", HostileTexts.Big(2_000));
        var large = folder.Write("large.toml", HostileTexts.Big(20_000));
        _ = Measure(small);

        // A loop within a loop over ports or services would make it a hundred; the machine is shared, so half way is the limit.
        Assert.InRange(Measure(large) / Measure(small), 0, 40);
    }

    private static double Measure(string file) => Enumerable.Range(0, 3).Min(_ =>
    {
        var start = Stopwatch.GetTimestamp();
        var result = MapFiles.Load(file);
        Assert.Empty(result.Problems);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    });
}
