using System.Text;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tests.Documents;

namespace NetSuperd.Server.Tests.Config;

/// <summary>
/// The manual page and the sample map name every key, since both are what administrators go by. The entries of the page are made from the
/// table of keys: run these tests with NETSUPERD_WRITE_MAN=1 to write them.
/// </summary>
public sealed partial class ManPageTests
{
    private static readonly string Page = Path.Combine(Manual.Root, "etc/man/netsuperd.toml.5");

    [Fact]
    public void ManPage_Entries_MatchTheTable()
    {
        var page = File.ReadAllText(Page);
        var expected = WithEntries(page);
        if (Environment.GetEnvironmentVariable("NETSUPERD_WRITE_MAN") == "1")
        {
            File.WriteAllText(Page, expected);
        }

        Assert.Equal(expected, File.ReadAllText(Page));
    }

    [Fact]
    public void SampleMap_Keys_AreAllShown()
    {
        var sample = Manual.Read("etc/netsuperd.toml");
        var names = Names(DaemonKeys.All).Concat(Names(LogKeys.All)).Concat(Names(PortKeys.All)).Concat(Names(ServiceKeys.All));

        Assert.All(names, name => Assert.Matches($"(?m)^#? ?{name} +=", sample));
    }

    [Theory]
    [InlineData("etc/netsuperd.toml")]
    [InlineData("README.md")]
    public void Comments_AboutDefaults_MatchTheTable(string file)
    {
        var defaults = Defaults(DaemonKeys.All)
            .Concat(Defaults(LogKeys.All))
            .Concat(Defaults(PortKeys.All))
            .Concat(Defaults(ServiceKeys.All))
            .ToLookup(key => key.Name, key => key.Default);
        var comments = DefaultComment().Matches(Manual.Read(file))
            .Select(line => (Key: line.Groups[1].Value, Text: line.Groups[2].Value))
            .ToList();

        Assert.NotEmpty(comments);
        Assert.All(comments, comment => Assert.Contains(
            defaults[comment.Key], value => value is not null && comment.Text.Contains(value, StringComparison.Ordinal)));
    }

    private static IEnumerable<(string Name, string? Default)> Defaults<T>(IEnumerable<Key<T>> keys) =>
        keys.Select(key => (key.Name, key.DefaultText));

    private static IEnumerable<string> Names<T>(IEnumerable<Key<T>> keys) => keys.Select(key => key.Name);

    private static string WithEntries(string page)
    {
        var text = new StringBuilder();
        var skipping = false;
        foreach (var line in page.TrimEnd('\n').Split('\n'))
        {
            skipping &= line != ".\\\" end";
            if (!skipping)
            {
                text.Append(line).Append('\n');
            }

            if (line.StartsWith(".\\\" keys: ", StringComparison.Ordinal))
            {
                skipping = true;
                text.Append(line[10..] switch
                {
                    "daemon" => Entries(DaemonKeys.All),
                    "log" => Entries(LogKeys.All),
                    "ports" => Entries(PortKeys.All),
                    "services" => Entries(ServiceKeys.All),
                    var section => throw new InvalidDataException(section),
                });
            }
        }

        return text.ToString();
    }

    private static string Entries<T>(IEnumerable<Key<T>> keys) => string.Concat(keys.Select(key =>
        $".TP\n.B {key.Name}\n{Sentence(key.Summary)}\nValue: {Roff(key.Type)}.\n"
        + (key.DefaultText is { } value ? $"Default: {Roff(value)}.\n" : "")));

    private static string Sentence(string summary) => Roff(char.ToUpperInvariant(summary[0]) + summary[1..]) + ".";

    private static string Roff(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);

    /// <summary>A key whose comment names a default that is a value, and no prose.</summary>
    [GeneratedRegex(@"^#? ?([a-z_]+) += .*# .*?default: ([""\d\[{].*)$", RegexOptions.Multiline)]
    private static partial Regex DefaultComment();
}
