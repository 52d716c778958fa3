using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests;

/// <summary>The rules about sizes: a method fits a screen, and a file has one subject.</summary>
public sealed partial class SizeRulesTests
{
    private const int LongestMethod = 60;
    private const int LongestFile = 350;

    [Fact]
    public void Files_OfTheSource_HaveOneSubject() => Assert.Equal("", string.Join(
        '\n',
        TextRulesTests.CodeFiles().Select(file => (file, Lines: file.Text.Length)).Where(found => found.Lines > LongestFile)
            .Select(found => $"{found.file.Name} has {found.Lines} lines")));

    [Fact]
    public void Methods_OfTheSource_FitAScreen() => Assert.Equal("", string.Join(
        '\n',
        TextRulesTests.CodeFiles().SelectMany(file => Methods(file.Text)
            .Where(method => method.Length > LongestMethod)
            .Select(method => $"{file.Name}:{method.Line} has {method.Length} lines"))));

    [Fact]
    public void Methods_OfAText_EndWithTheirBlockOrExpression()
    {
        string[] text =
        [
            "public sealed class Some",
            "{",
            "    private static readonly List<int> Table =",
            "    [",
            "        1,",
            "    ];",
            "",
            "    public void Block<T>(int first)",
            "    {",
            "        Call(",
            "            first);",
            "",
            "        void Local()",
            "        {",
            "        }",
            "    }",
            "",
            "    /// <summary>Of the next member.</summary>",
            "    [Fact]",
            "    public int Expression() =>",
            "        2;",
            "",
            "    private sealed class Nested(int first)",
            "    {",
            "        public Nested()",
            "            : this(1)",
            "        {",
            "        }",
            "    }",
            "}",
        ];

        Assert.Equal([(8, 9), (20, 2)], Methods(text).Where(method => text[method.Line - 1][4] != ' '));
        Assert.Contains((25, 4), Methods(text));
    }

    /// <summary>
    /// The first line of each method, and how many lines it has, as far as the indentation tells; statements that look like a method are
    /// shorter than the one around them.
    /// </summary>
    private static IEnumerable<(int Line, int Length)> Methods(string[] text)
    {
        foreach (var (line, first) in text.Index().Where(line => Method().IsMatch(line.Item)))
        {
            var indent = Indent(first);
            var last = line;
            for (var next = line + 1; next < text.Length && (text[next].Length == 0 || BelongsTo(text[next], indent)); next++)
            {
                last = text[next].Length == 0 ? last : next;
            }

            yield return (line + 1, last - line + 1);
        }
    }

    private static bool BelongsTo(string line, int indent) =>
        Indent(line) > indent || (Indent(line) == indent && line[indent] is '{' or '}' or ')' or ']');

    private static int Indent(string line) => line.Length - line.AsSpan().TrimStart().Length;

    // Members of a type, or of one nested in it, with parameters before any "=".
    [GeneratedRegex(@"^ {4}(?: {4})?(?!.*\b(?:class|record|struct|interface|enum|delegate) [A-Z])[A-Za-z][^=]*\w(?:<[^>=]*>)?\(")]
    private static partial Regex Method();
}
