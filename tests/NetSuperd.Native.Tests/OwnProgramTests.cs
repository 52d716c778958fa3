using System.Diagnostics;

namespace NetSuperd.Native.Tests;

/// <summary>What a process does to itself, in a child of the test run (see <see cref="ModuleMain"/>).</summary>
[Collection(Alone.Name)]
public sealed class OwnProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-deed-");

    private string Told => Path.Combine(_folder.FullName, "told");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task StandardStreams_ThatAreClosed_AreDevNull()
    {
        var output = await RunAsync(ModuleMain.StandardStreams);

        Assert.Equal("/dev/null /dev/null True", output.Trim());
        Assert.Equal("/dev/null", File.ReadAllText(Told).Trim());
    }

    [Fact]
    public async Task ChildSignals_IgnoredByTheParent_ChildrenAreReapedAllTheSame() =>
        Assert.Equal("3", (await RunAsync(ModuleMain.ChildSignals)).Trim());

    private async Task<string> RunAsync(string deed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            Environment = { [ModuleMain.Variable] = deed, ["NETSUPERD_TEST_FILE"] = Told },
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return output;
    }
}
