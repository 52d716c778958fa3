using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class ProblemTextTests
{
    [Fact]
    public void Format_Error_IsPlaceMessageLineAndCaret()
    {
        var text = string.Concat(Enumerable.Repeat("\n", 11)) + "        usr = \"nobody\"\n";

        Assert.Equal(
            """
            etc/netsuperd.toml:12:9: error: unknown key 'usr' in services.finger; did you mean 'user'?
               12 | usr = "nobody"
                  | ^^^
            """,
            Format(text, 12, 9, 3, "unknown key 'usr' in services.finger; did you mean 'user'?"));
    }

    [Fact]
    public void Format_Warning_HasTheSameForm() =>
        Assert.Equal(
            "f:1:1: warning: m\n    1 | a\n      | ^",
            ProblemText.Format(new ConfigProblem(new Position(new SourceText("f", "a"), 1, 1), Severity.Warning, "m")));

    [Fact]
    public void Format_WholeSource_IsOneLine() =>
        Assert.Equal(
            "--port 2005=custm: error: m",
            ProblemText.Format(new ConfigProblem(new Position(new SourceText("--port 2005=custm", "2005=custm")), Severity.Error, "m")));

    [Fact]
    public void Format_TabsInTheLine_StandInTheCaretLineAsWell() => Assert.Equal("a\t= 1\n \t^", Excerpt("\t\ta\t= 1", 5));

    [Fact]
    public void Format_CharactersBeyondTheBmp_CountOne() =>
        Assert.Equal("\"é😀\" = 1\n      ^", Excerpt("\"é😀\" = 1", 6).Replace("😀", "😀", StringComparison.Ordinal));

    [Fact]
    public void Format_ControlCharacters_AreEscapedAndTheCaretMoves() => Assert.Equal("\\u001bx\n      ^", Excerpt("\u001bx", 2));

    [Fact]
    public void Format_HostileNamesAndMessages_AreEscaped()
    {
        var text = ProblemText.Format(new ConfigProblem(new Position(new SourceText("a\u001b\n", "")), Severity.Error, "\u202e\u009b"));

        Assert.Equal("a\\u001b\\n: error: \\u202e\\u009b", text);
    }

    [Fact]
    public void Format_PlaceBehindTheLine_PointsBehindIt() => Assert.Equal("ab\n  ^", Excerpt("ab", 3));

    [Fact]
    public void Format_PlaceInLeadingBlanks_KeepsThem() => Assert.Equal("  ab\n^", Excerpt("    ab", 3));

    [Fact]
    public void Format_LineThatIsNotThere_DoesNotThrow() => Assert.EndsWith("| ^", Format("a", 99, 99, 99, "m"), StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData(9999)]
    public void Format_LongLine_IsCutAroundTheCaret(int column)
    {
        var lines = Format(new string('a', column - 1) + "b" + new string('c', 10_000 - column), 1, column, 500, "m").Split('\n');

        Assert.All(lines, line => Assert.InRange(line.Length, 0, 140));
        Assert.Equal('b', lines[1][lines[2].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void Line_EndsAsTomlSaysAndNotAsUnicodeSays()
    {
        var source = new SourceText("f", "a\u2028\u0085b\r\nc");

        Assert.Equal("a\u2028\u0085b", source.Line(1));
        Assert.Equal("c", source.Line(2));
        Assert.Equal("", source.Line(0));
    }

    private static string Format(string text, int line, int column, int length, string message) =>
        ProblemText.Format(new ConfigProblem(
            new Position(new SourceText("etc/netsuperd.toml", text), line, column, length), Severity.Error, message));

    // The two lines below the message, without the gutter.
    private static string Excerpt(string line, int column) =>
        string.Join('\n', Format(line, 1, column, 1, "m").Split('\n')[1..].Select(shown => shown[8..]));
}
