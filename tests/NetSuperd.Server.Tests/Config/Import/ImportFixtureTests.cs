using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>
/// The rule book of the import: each folder has files of another program, whose format is the first word of the folder's name, and what
/// they become: <c>expected.toml</c>, and the report in <c>expected.report</c>.
/// </summary>
public sealed class ImportFixtureTests
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures", "import");

    private static readonly HashSet<string> Builtins =
        ["echo", "discard", "chargen", "daytime", "time", "qotd", "systat", "netstat", "ident", "tcpmux"];

    public static TheoryData<string> Names =>
        [.. Directory.EnumerateDirectories(Fixtures).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_Fixture_GivesTheExpectedMapAndReport(string name)
    {
        var (text, report) = Import(name, ForeignFormats.Named(name.Split('-')[0]));

        Assert.Equal(Expected(name, "expected.toml"), text);
        Assert.Equal(Expected(name, "expected.report"), report);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_FormatNotNamed_GivesTheSame(string name) =>
        Assert.Equal((Expected(name, "expected.toml"), Expected(name, "expected.report")), Import(name, format: null));

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_Fixture_GivesAMapWithoutErrors(string name)
    {
        // A file may have nothing that is active, and a map needs a socket.
        var map = $"{Expected(name, "expected.toml").Replace("[ports]\n", "[ports]\n54321 = \"echo\"\n", StringComparison.Ordinal)}";

        var result = MapFiles.LoadText(map, MapFiles.Root);

        Assert.False(result.HasErrors, MapFiles.Render(result, ""));
    }

    // hosts.allow and hosts.deny are read beside the file that is imported.
    private static bool IsOfHosts(string file) => Path.GetFileName(file).StartsWith("hosts.", StringComparison.Ordinal);

    private static string Expected(string name, string file) => File.ReadAllText(Path.Combine(Fixtures, name, file));

    private static (string Text, string Report) Import(string name, ForeignFormat? format)
    {
        var folder = Path.Combine(Fixtures, name);
        var files = Directory.EnumerateFiles(folder)
            .Where(file => !Path.GetFileName(file).StartsWith("expected", StringComparison.Ordinal))
            .Where(file => name.StartsWith("hosts-", StringComparison.Ordinal) || !IsOfHosts(file))
            .Order(StringComparer.Ordinal)
            .Select(file => new ForeignPath(format, file));

        var result = MapImport.Run(
            MapFiles.Request(null) with { ToRun = false, Builtins = Builtins }, files, MapFiles.Root);

        var report = result.Findings.Select(finding => $"{finding}").Concat(result.Problems.Select(ProblemText.Format));
        return (Relative(result.Text), Relative(string.Concat(report.Select(line => line + "\n"))));

        string Relative(string text) => text.Replace(folder + "/", "", StringComparison.Ordinal);
    }
}
