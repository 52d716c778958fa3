using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>The program <c>fixtures/spoil.c</c> in a folder of its own, where the user nobody can execute it.</summary>
internal sealed class SpoilProgram : IDisposable
{
    private const UnixFileMode Open = (UnixFileMode)0x1ED;

    private static readonly string User = Environment.IsPrivilegedProcess ? "user = \"nobody\"" : "";

    private readonly Scratch _scratch = new();

    /// <summary>Compiles it.</summary>
    public async Task CompileAsync()
    {
        File.SetUnixFileMode(_scratch.Folder, Open);
        await CFixture.CompileAsync("spoil", _scratch);
    }

    /// <summary>The table of a service whose children leave their socket so.</summary>
    /// <param name="name">The service.</param>
    /// <param name="ways">The ways, with spaces between them.</param>
    /// <param name="keys">More keys.</param>
    public string Service(string name, string ways, string keys) => $"""
        [services.{name}]
        exec = ["{_scratch["spoil"]}", {string.Join(", ", ways.Split(' ').Select(way => $"\"{way}\""))}]
        wait = true
        {User}
        {keys}
        """;

    /// <summary>Ends the processes that its children have left behind.</summary>
    public async Task EndLeftAsync()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc")
            .Where(folder => new FileInfo($"{folder}/exe").LinkTarget == _scratch["spoil"]))
        {
            await Command.RunAsync("/bin/kill", "-KILL", Path.GetFileName(process));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
