using System.Diagnostics;

namespace NetSuperd.Native.Tests;

/// <summary>What a process does to itself, in a child of the test run (see <see cref="ModuleMain"/>).</summary>
[Collection(RunsAlone.Name)]
public sealed class OwnProgramTests
{
    [Fact]
    public async Task ChildSignals_IgnoredByTheParent_DoNotKeepChildrenFromBeingReaped() =>
        Assert.Equal("3", (await RunAsync(ModuleMain.ChildSignals)).Trim());

    [Fact]
    public async Task Descriptors_WithoutOneToCountThemWith_AreAsManyAsTheLimit() =>
        Assert.Equal("True\n3", (await RunAsync(ModuleMain.CountDescriptors)).Trim());

    private static async Task<string> RunAsync(string deed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            Environment = { [ModuleMain.Variable] = deed },
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return output;
    }
}
