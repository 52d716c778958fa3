using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests.Documents;

/// <summary>What users read names its subjects: a client, a process or a service is not somebody, and does not go on.</summary>
public sealed partial class PlainEnglishTests
{
    private static readonly string[] Documents =
    [
        "README.md", "src/README.md", "src/NetSuperd.Abstractions/README.md", "etc/man/netsuperd.8", "etc/man/netsuperd.toml.5",
        "etc/netsuperd.toml", "etc/netsuperd.service",
    ];

    public static TheoryData<string> Files =>
    [
        .. Documents,
        .. Directory.GetFiles(Path.Combine(Manual.Root, "etc/netsuperd.d")).Select(file => Path.GetRelativePath(Manual.Root, file)),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Document_HasNoVagueSubject(string file) =>
        Assert.DoesNotContain(Manual.Read(file).Split('\n'), line => Vague().IsMatch(line));

    [Fact]
    public void Messages_HaveNoVagueSubject()
    {
        var vague = Lines("*.cs")
            .Where(line => !Comment().IsMatch(line))
            .SelectMany(line => Literal().Matches(line))
            .Select(literal => literal.Value)
            .Where(text => text.Contains(' ', StringComparison.Ordinal) && Vague().IsMatch(text));

        Assert.Empty(vague);
    }

    [Theory]
    [InlineData("*.cs")]
    [InlineData("*.c")]
    [InlineData("*.h")]
    public void Comments_HaveNoVagueSubject(string files) =>
        Assert.DoesNotContain(Lines(files), line => Comment().IsMatch(line) && VagueInComments().IsMatch(line));

    private static IEnumerable<string> Lines(string files) =>
        Directory.GetFiles(Path.Combine(Manual.Root, "src"), files, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines);

    [GeneratedRegex(
        @"\b(?:whoever|whom|somebody|anybody|everybody|he|goes on|go on|makes of itself|says otherwise|what the map says|looked at)\b")]
    private static partial Regex Vague();

    [GeneratedRegex(
        @"\b(?:nobody|somebody|anybody|everybody|whoever|whom|he|goes on|lets go of|what the map says|just now|makes of itself)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex VagueInComments();

    [GeneratedRegex(@"^\s*(?://|/?\*)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""")]
    private static partial Regex Literal();
}
