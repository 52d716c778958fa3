using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests;

/// <summary>The rules about files as such: how long their lines are, and that a name stands for one of them.</summary>
public sealed partial class TextRulesTests
{
    private static readonly string[] Texts = [".cs", ".c", ".h", ".csproj", ".props", ".toml", ".disabled", ".service", ".5", ".8", ""];

    private static readonly string[] CodeFolders = ["src", "tests"];

    private static string Root { get; } = Path.GetFullPath("../..", Here());

    [Fact]
    public void Lines_OfEveryFile_AreNoLongerThanEditorConfigSays()
    {
        var (longest, exempt) = Limit();

        var found = Files(Root).Where(file => Texts.Contains(Path.GetExtension(file)) && !exempt.Any(files => files.IsMatch(file)))
            .SelectMany(file => File.ReadLines(Path.Combine(Root, file)).Index()
                .Where(line => line.Item.EnumerateRunes().Count() > longest)
                .Select(line => $"{file}:{line.Index + 1}"));

        Assert.Equal(140, longest);
        Assert.Equal("", string.Join('\n', found));
    }

    [Fact]
    public void Names_OfTestFiles_AreEachOfOneFile() => Assert.Equal("", string.Join(
        '\n',
        Files(Path.Combine(Root, "tests")).Where(file => file.EndsWith(".cs", StringComparison.Ordinal))
            .GroupBy(Path.GetFileName)
            .Where(files => files.Count() > 1)
            .Select(files => string.Join(' ', files))));

    /// <summary>All files of the source and its tests that are in C#, by their path from the root.</summary>
    internal static IEnumerable<(string Name, string[] Text)> CodeFiles() =>
        CodeFolders.SelectMany(folder => Files(Path.Combine(Root, folder)))
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal))
            .Select(file => (file, File.ReadAllLines(Path.Combine(Root, file))));

    /// <summary>The length that holds for all files, and the patterns of those it does not hold for.</summary>
    private static (int Longest, List<Regex> Exempt) Limit()
    {
        var sections = Section().Matches(File.ReadAllText(Path.Combine(Root, ".editorconfig")))
            .ToLookup(section => section.Groups["length"].Value, section => section.Groups["files"].Value);
        return (
            int.Parse(Assert.Single(sections, section => section.Key != "off" && section.Contains("*")).Key, null),
            [.. sections["off"].Select(Pattern)]);
    }

    private static Regex Pattern(string files) => new("(^|/)" + Regex.Escape(files)
        .Replace(@"\*\*", ".*", StringComparison.Ordinal)
        .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
        .Replace(@"\{", "(", StringComparison.Ordinal)
        .Replace(",", "|", StringComparison.Ordinal)
        .Replace("}", ")", StringComparison.Ordinal) + "$");

    /// <summary>All files but those that git ignores, by their path from the root.</summary>
    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder)
        .Select(file => Path.GetRelativePath(Root, file))
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(inner => Path.GetFileName(inner) is not (".git" or "bin" or "node_modules" or "obj" or "out" or "TestResults"))
            .SelectMany(Files));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex(@"^\[(?<files>[^\n]+)\]\n(?:[^\[\n][^\n]*\n)*?max_line_length = (?<length>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Section();
}
