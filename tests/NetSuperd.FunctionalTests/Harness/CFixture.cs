using System.Collections.Concurrent;
using NetSuperd.FunctionalTests.Harness;

[assembly: AssemblyFixture(typeof(CFixture))]

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>The C programs of <c>fixtures</c>, each compiled once for all tests.</summary>
public sealed class CFixture : IDisposable
{
    private static readonly Scratch Compiled = new();

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Programs = [];

    /// <summary>Compiles <c>fixtures/NAME.c</c> into the folder, static, so that it runs below another root directory too.</summary>
    /// <returns>The path of the program.</returns>
    internal static async Task<string> CompileAsync(string name, Scratch scratch)
    {
        var compiled = Programs.GetOrAdd(name, _ => new Lazy<Task<string>>(() => Command.OutputAsync(
            "gcc", "-Wall", "-Werror", "-static", "-o", Compiled[name], Path.Combine(Fixtures.Folder, name + ".c"))));
        await compiled.Value;

        // Not by this process: what it starts meanwhile would hold the new file open for writing, and it could not be executed.
        await Command.OutputAsync("cp", Compiled[name], scratch[name]);
        return scratch[name];
    }

    /// <inheritdoc/>
    public void Dispose() => Compiled.Dispose();
}
