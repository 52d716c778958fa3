using System.Collections.Immutable;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Which tables may be defined where, by TOML 1.0 "Keys", "Table" and "Array of Tables".</summary>
public sealed class TreeBuilderTests
{
    [Theory]
    [InlineData("[a.b]\n[a]")]
    [InlineData("[a]\n[a.b]")]
    [InlineData("a.b = 1\na.c = 2")]
    [InlineData("[a]\nb.c = 1\n[a.b.d]")]
    [InlineData("[[a]]\n[a.b]\n[[a]]\nb = 1")]
    [InlineData("[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]")]
    [InlineData("a = [{ b = 1 }, { b = 1 }]")]
    public void Accepts_Definitions(string text) => Assert.Empty(Problems(text));

    [Theory]
    [InlineData("a = 1\n\"a\" = 2", 2)]
    [InlineData("[a]\n[a]", 2)]
    [InlineData("[a.b]\n[a]\n[a]", 3)]
    [InlineData("[a]\nb = 1\n[a.b]", 3)]
    [InlineData("a.b = 1\n[a]", 2)]
    [InlineData("[a.b]\n[a]\nb.c = 1", 3)]
    [InlineData("[a]\nb.c = 1\n[a.b]", 3)]
    [InlineData("a = { b = 1 }\na.c = 1", 2)]
    [InlineData("a = { b = 1 }\n[a.c]", 2)]
    [InlineData("a = { b = 1, b.c = 1 }", 1)]
    [InlineData("a = []\n[[a]]", 2)]
    [InlineData("a = [{}]\n[a.b]", 2)]
    [InlineData("[[a]]\n[a]", 2)]
    [InlineData("[a]\n[[a]]", 2)]
    [InlineData("[[a]]\nb = { c = 1 }\n[a.b.d]", 3)]
    [InlineData("[[a]]\nb = 1\n[a.b]", 3)]
    public void Rejects_SecondDefinitions(string text, int line) => Assert.Equal(line, Assert.Single(Problems(text)).At.Line);

    [Fact]
    public void Read_RefusedHeader_HidesItsLinesAndChecksThem() =>
        Assert.Equal([3, 5], Problems("[a]\nx = 1\n[a]\nx = 2\nx = 3").Select(problem => problem.At.Line));

    private static ImmutableArray<ConfigProblem> Problems(string text)
    {
        var problems = new Problems();
        Assert.NotNull(TomlReader.Read(new SourceText("f", text), problems));
        return problems.InOrder();
    }
}
