using System.Collections.Immutable;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Nothing that is small on the disk is large for the parser, and nothing that is long costs more than its length.</summary>
public sealed class TextBoundsTests
{
    // For what takes milliseconds: whatever is tried in as many ways as a line has characters takes minutes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Deepest =>
    [
        $"a = {Repeat("[", 32)}{Repeat("]", 32)}\n",
        $"a = {Repeat("{ a = ", 31)}{{}}{Repeat(" }", 31)}\n",
        $"{Repeat("a.", 31)}a = 1\n",
        $"[{Repeat("a.", 31)}a]\n",
        $"a = [\n{Repeat("[\n", 31)}{Repeat("]\n", 31)}]\n",
    ];

    public static TheoryData<string, int, int> TooDeep => new()
    {
        { $"a = {Repeat("[", 33)}{Repeat("]", 33)}\n", 1, 37 },
        { $"a = {Repeat("{a=", 33)}1{Repeat("}", 33)}\n", 1, 101 },
        { $"x = 1\n{Repeat("a.", 32)}a = 1\n", 2, 64 },
        { $"[{Repeat("a.", 32)}a]\n", 1, 65 },
        { $"a = [\n{Repeat("[\n", 32)}{Repeat("]\n", 32)}]\n", 33, 1 },
        { $"# é\né = '😀' # [\n\"é\" = {Repeat("[", 65536)}", 3, 39 },
        { Repeat("[", 65536), 1, 33 },
        { $"a={Repeat("{a=", 65536)}", 1, 99 },
        { $"{Repeat("a.", 65536)}a=1", 1, 64 },
    };

    [Theory]
    [MemberData(nameof(Deepest))]
    public void Accepts_32Levels(string text) => Assert.DoesNotContain(Read(text), problem => problem.Severity == Severity.Error);

    [Theory]
    [MemberData(nameof(TooDeep))]
    public void Rejects_MoreLevels_AtTheFirstTooMany(string text, int line, int column)
    {
        var problem = Assert.Single(Read(text));

        Assert.Contains("more than 32 levels", problem.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (problem.At.Line, problem.At.Column));
    }

    [Theory]
    [InlineData("a = \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"\n")]
    [InlineData("a = '..................................................[\\'\n")]
    [InlineData("a = \"\"\"\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[[\"\"[[\\\"\"\"\"\n")]
    [InlineData("# [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n")]
    public void Accepts_BracketsThatOpenNothing(string text) => Assert.Empty(Read(text));

    [Fact]
    public void Rejects_HeadersThatAreNotClosed_EachForItself() =>
        Assert.DoesNotContain(
            Read(string.Concat(Enumerable.Range(0, 100).Select(number => $"[a{number}\n"))),
            problem => problem.Message.Contains("levels", StringComparison.Ordinal));

    [Fact]
    public void Rejects_ALineThatIsTooLong()
    {
        var problem = Assert.Single(Read($"a = 1\nb = \"{Repeat("x", TextBounds.MostLine)}\"\n"));

        Assert.Contains("1 Mi characters", problem.Message, StringComparison.Ordinal);
        Assert.Equal((2, 1), (problem.At.Line, problem.At.Column));
    }

    [Theory]
    [InlineData("]")]
    [InlineData("@")]
    [InlineData("\\")]
    [InlineData("a b ")]
    [InlineData("= ")]
    [InlineData(", ")]
    [InlineData("a=1 ")]
    public async Task Rejects_LongLines_InTimeOfTheirLength(string part) => Assert.NotEmpty(
        await Task.Run(() => Read(Repeat(part, 65536) + "\n"), TestContext.Current.CancellationToken)
            .WaitAsync(Patience, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Format_ManyProblemsOnALongLine_LooksAtTheLineOnce()
    {
        var text = $"a = {{ {Repeat("x = 1, ", 100_000)}x = 1 }}\n";

        var texts = await Task.Run(
            () => ProblemText.Format(MapFiles.LoadText(text)),
            TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(ProblemText.MostShown + 1, texts.Count);
        Assert.Matches("^netsuperd: [0-9]+ more problems are not shown$", texts[^1]);
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static ImmutableArray<ConfigProblem> Read(string text)
    {
        var problems = new Problems();
        _ = TomlReader.Read(new SourceText("f", text), problems);
        return problems.InOrder();
    }
}
