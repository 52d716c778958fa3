using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests.Documents;

/// <summary>The documents of the repository, and the words that a part of a manual page sets in bold.</summary>
internal static partial class Manual
{
    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>netsuperd(8).</summary>
    public static string Commands { get; } = Read("etc/man/netsuperd.8");

    /// <summary>netsuperd.toml(5).</summary>
    public static string Map { get; } = Read("etc/man/netsuperd.toml.5");

    /// <summary>Reads a document.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>A section of a page, with its header.</summary>
    public static string Section(string page, string name) => Between(page, $"\n.SH {name}\n", "\n.SH ");

    /// <summary>What stands between two texts.</summary>
    public static string Between(string page, string start, string end)
    {
        var from = page.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"the page has no '{start}'");
        var to = page.IndexOf(end, from + start.Length, StringComparison.Ordinal);
        Assert.True(to >= 0, $"the page has no '{end}' after '{start}'");
        return page[from..to];
    }

    /// <summary>The words in small letters that the lines of a text set in bold, in their order.</summary>
    public static string[] Words(string text) =>
    [
        .. BoldLine().Matches(text)
            .SelectMany(line => SmallWord().Matches(Quoted().Replace(line.Groups[1].Value, " ")))
            .Select(word => word.Value),
    ];

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "NetSuperd.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no NetSuperd.sln above the tests");
        }

        return folder;
    }

    [GeneratedRegex(@"^\.BR? (.*)$", RegexOptions.Multiline)]
    private static partial Regex BoldLine();

    // Between two words of a .BR line stands what is not bold.
    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<![\w.])[a-z][a-z_]*(?![\w.])")]
    private static partial Regex SmallWord();
}
