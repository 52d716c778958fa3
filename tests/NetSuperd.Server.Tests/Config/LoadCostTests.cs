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

    private static double Measure(string file)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = MapFiles.Load(file);
        Assert.Empty(result.Problems);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
