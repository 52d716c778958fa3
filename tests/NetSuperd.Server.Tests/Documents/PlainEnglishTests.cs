using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests.Documents;

/// <summary>Texts name their subjects, such as a client, a process or a service, and say what these do in plain words.</summary>
public sealed partial class PlainEnglishTests
{
    private static readonly string[] Documents =
    [
        "README.md", "src/README.md", "src/NetSuperd.Abstractions/README.md", "src/NetSuperd.Testing/README.md",
        "src/NetSuperd.AspNetCore/README.md", "src/plugins/README.md",
        "src/NetSuperd.Templates/README.md", "src/NetSuperd.Templates/content/netsuperd-handler/README.md",
        "src/NetSuperd.Templates/content/netsuperd-datagram/README.md",
        "etc/man/netsuperd.8", "etc/man/netsuperd.toml.5", "etc/netsuperd.toml", "etc/netsuperd.service", "etc/netsuperd-web.service",
        "etc/metrics/netsuperd.rules.yml",
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

    [Fact]
    public void Comments_OfTests_HaveNoVagueSubject() =>
        Assert.DoesNotContain(Lines("*.cs", "tests"), line => Comment().IsMatch(line) && VagueInComments().IsMatch(line));

    [Fact]
    public void Names_OfTests_ArePlain() =>
        Assert.DoesNotContain(Lines("*.cs", "tests"), line => Declaration().IsMatch(line) && VagueInNames().IsMatch(line));

    [Theory]
    [InlineData("    public void Reload_UnderLoad_LosesNobody()")]
    [InlineData("    public async Task Entries_OfAMap_AreThoseOfTheTable(string name) =>")]
    public void Names_ThatAreNotPlain_AreFound(string line) => Assert.True(Declaration().IsMatch(line) && VagueInNames().IsMatch(line));

    private static IEnumerable<string> Lines(string files, string folder = "src") =>
        Directory.GetFiles(Path.Combine(Manual.Root, folder), files, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines);

    [GeneratedRegex(
        @"\b(?:whoever|whom|somebody|anybody|everybody|he|goes on|go on|makes of itself|says otherwise|what the map says|looked at)\b")]
    private static partial Regex Vague();

    [GeneratedRegex(
        @"\b(?:(?<!user |<c>)nobody|somebody|anybody|everybody|whoever|whom|he|goes on|lets go of|what the map says|just now"
        + @"|makes of itself)\b|^\W*(?:<summary>)?Who\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex VagueInComments();

    [GeneratedRegex(@"^ {4,8}public (?:async )?(?:void|Task|ValueTask) \w+_\w+\(")]
    private static partial Regex Declaration();

    [GeneratedRegex(
        "Nobody|Somebody|Anybody|Everybody|Who[A-Z]|Whom|Whoever|Whatever|Meanwhile|Those|AllTheSame|AsItWas|AsTheyWere|AtOnce|GoOn|GoesOn"
        + "|Anew|TurnedAway|(?:Is|Are)(?:Told|Said)(?!Apart)|Costs(?:Only|Its|No)")]
    private static partial Regex VagueInNames();

    [GeneratedRegex(@"^\s*(?://|/?\*)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""")]
    private static partial Regex Literal();
}
