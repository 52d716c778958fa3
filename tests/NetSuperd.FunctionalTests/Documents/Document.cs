using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Documents;

/// <summary>The examples of a document of the repository: a README, a manual page or the sample map.</summary>
internal static partial class Document
{
    private static readonly string[] Files =
    [
        "README.md", "src/README.md", "src/NetSuperd.Abstractions/README.md", "etc/man/netsuperd.8", "etc/man/netsuperd.toml.5",
        "etc/netsuperd.toml",
    ];

    /// <summary>Reads a document.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(BuiltTree.Repository, file));

    /// <summary>Every piece of a map that the documents show, by the document and its number there.</summary>
    public static IReadOnlyDictionary<string, string> Maps() => Files
        .SelectMany(file => MapsOf(file).Select((map, i) => (Key: $"{file}, map {i + 1}", Map: map)))
        .ToDictionary(found => found.Key, found => found.Map);

    /// <summary>The command lines of a manual page's examples.</summary>
    public static IEnumerable<string> Commands(string page) =>
        Examples(Read(page)).SelectMany(example => example.Split('\n'))
            .Where(line => line.StartsWith("netsuperd ", StringComparison.Ordinal));

    private static IEnumerable<string> MapsOf(string file) => Path.GetExtension(file) switch
    {
        ".md" => TomlBlock().Matches(Read(file)).Select(block => block.Groups[1].Value),
        ".toml" => Uncommented(Read(file)),
        _ => Examples(Read(file)).Where(example => Entry().IsMatch(example)),
    };

    /// <summary>The examples of a manual page, without the escapes of roff.</summary>
    private static IEnumerable<string> Examples(string page) => RoffExample().Matches(page).Select(example => example.Groups[1].Value
        .Replace("\\-", "-", StringComparison.Ordinal)
        .Replace("\\(dq", "\"", StringComparison.Ordinal)
        .Replace("\\e", "\\", StringComparison.Ordinal));

    /// <summary>Each paragraph of the sample map, with the entries that it shows in comments.</summary>
    private static IEnumerable<string> Uncommented(string sample) => sample
        .Split("\n\n")
        .Select(paragraph => CommentedEntry().Replace(paragraph, ""))
        .Where(paragraph => Entry().IsMatch(paragraph))
        .Select(paragraph => paragraph + "\n");

    [GeneratedRegex("```toml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex TomlBlock();

    [GeneratedRegex(@"^\.EX\n(.*?)^\.EE$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex RoffExample();

    [GeneratedRegex("""^(?:"[^"]+"|[\w.]+) += |^\[""", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex("""^# (?="[^"]+" += |[\w.]+ += |\[)""", RegexOptions.Multiline)]
    private static partial Regex CommentedEntry();
}
