using System.Diagnostics;
using System.Text;

namespace NetSuperd.Windows.Tests;

/// <summary>
/// The rule book of maps on Windows: <c>NAME.toml</c> and, in <c>NAME.expected</c>, every problem as <c>netsuperd check</c> prints it.
/// </summary>
public sealed class MapFixtureTests
{
    private const int AtOnce = 4;
    private const int BadMap = 78;
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures", "windows");

    // All are checked together: most of the time of a check is the start of the program.
    private static readonly Lazy<Task<Dictionary<string, (int Status, string Text)>>> Checked = new(CheckAsync);

    public static TheoryData<string> Names =>
        [.. Directory.EnumerateFiles(Fixtures, "*.toml")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Check_Fixture_PrintsTheExpectedProblems(string name)
    {
        var (status, text) = (await Checked.Value)[name];

        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Fixtures, name + ".expected"), TestContext.Current.CancellationToken), text);
        Assert.Equal(name.StartsWith("rejects-", StringComparison.Ordinal) ? BadMap : 0, status);
    }

    /// <summary>Checks copies on the volume of the system, whose access control lists are those of Windows.</summary>
    private static async Task<Dictionary<string, (int Status, string Text)>> CheckAsync()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var file in Directory.EnumerateFiles(Fixtures, "*.toml", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(Fixtures, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var results = new Dictionary<string, (int, string)>();
        await Parallel.ForEachAsync(Names, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (name, cancel) =>
        {
            var result = await CheckAsync(folder, name.Data + ".toml", cancel);
            lock (results)
            {
                results.Add(name.Data, result);
            }
        });
        Directory.Delete(folder, recursive: true);
        return results;
    }

    private static async Task<(int Status, string Text)> CheckAsync(string folder, string map, CancellationToken cancel)
    {
        using var check = Process.Start(new ProcessStartInfo(TestedProgram.Path, ["check", "--config", map])
        {
            WorkingDirectory = folder, RedirectStandardError = true, StandardErrorEncoding = Encoding.UTF8,
        })!;
        var text = (await check.StandardError.ReadToEndAsync(cancel)).Replace("\r\n", "\n", StringComparison.Ordinal);
        await check.WaitForExitAsync(cancel);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // The last lines say that the map is valid, and count the problems.
        var isValid = $"{map}: the map is valid";
        return (check.ExitCode, string.Concat(
            lines[..^1].Where(line => !line.StartsWith(isValid, StringComparison.Ordinal)).Select(line => line + "\n")));
    }
}
