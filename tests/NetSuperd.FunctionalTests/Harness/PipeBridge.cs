using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

[assembly: AssemblyFixture(typeof(PipeBridge))]

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>The program <c>tests/NetSuperd.PipeBridge</c>, which connects the tests with named pipes of Wine: one for all tests.</summary>
public sealed class PipeBridge : IAsyncDisposable
{
    private static readonly Lazy<RunningProcess> Process = new(() =>
    {
        var command = TestedSystem.Current.Command(Path.Combine(BuiltTree.Repository, "obj/windows-tests/NetSuperd.PipeBridge.exe"));
        return RunningProcess.Start(command[0], command[1..]);
    });

    /// <summary>The port at which it passes connections on: the first line names the pipe.</summary>
    internal static async Task<int> PortAsync() =>
        int.Parse(await Process.Value.Output.FindAsync(line => line, "the port of the bridge"), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Process.IsValueCreated)
        {
            await Process.Value.DisposeAsync();
        }
    }
}
