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
        var vague = Directory.GetFiles(Path.Combine(Manual.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines)
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Literal().Matches(line))
            .Select(literal => literal.Value)
            .Where(text => text.Contains(' ', StringComparison.Ordinal) && Vague().IsMatch(text));

        Assert.Empty(vague);
    }

    [GeneratedRegex(
        @"\b(?:whoever|whom|somebody|anybody|everybody|he|goes on|go on|makes of itself|says otherwise|what the map says|looked at)\b")]
    private static partial Regex Vague();

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""")]
    private static partial Regex Literal();
}
