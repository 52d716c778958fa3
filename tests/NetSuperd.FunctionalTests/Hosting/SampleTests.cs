using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The samples in <c>etc/netsuperd.d</c>, which wait for their <c>.disabled</c> to be taken away.</summary>
public sealed class SampleTests
{
    private static readonly string Folder = Path.Combine(BuiltTree.Repository, "etc/netsuperd.d");

    /// <summary>The names of the samples.</summary>
    public static TheoryData<string> Samples => [.. Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Sample_Alone_IsValid(string sample)
    {
        Assert.EndsWith(".toml.disabled", sample, StringComparison.Ordinal);

        var result = await Netsuperd.RunAsync("check", "--config", Path.Combine(Folder, sample));

        Assert.True(result.Status == 0, result.Errors);
    }

    [Fact]
    public async Task Samples_AllEnabled_AreValidBesideTheDefaultMap()
    {
        using var scratch = new Scratch();
        File.Copy(Path.Combine(BuiltTree.Repository, "etc/netsuperd.toml"), scratch["netsuperd.toml"]);
        Directory.CreateDirectory(scratch["netsuperd.d"]);
        foreach (var sample in Directory.GetFiles(Folder))
        {
            File.Copy(sample, scratch[Path.Combine("netsuperd.d", Path.GetFileNameWithoutExtension(sample))]);
        }

        var result = await Netsuperd.RunAsync("check", "--show", "--config", scratch["netsuperd.toml"]);

        Assert.True(result.Status == 0, result.Errors);
        Assert.All(Directory.GetFiles(Folder), sample =>
            Assert.Contains($"[services.{Path.GetFileName(sample).Split('.')[0]}]", result.Output, StringComparison.Ordinal));
    }
}
