using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests;

/// <summary>The rule about copies: what two files have in common for a dozen lines belongs in one place.</summary>
public sealed partial class CopyRulesTests
{
    private const int Many = 12;

    [Fact]
    public void Files_OfTheSource_ShareNoTwelveLines() => Assert.Equal("", string.Join('\n', Copies(TextRulesTests.CodeFiles())));

    [Theory]
    [InlineData(Many, 1)]
    [InlineData(Many - 1, 0)]
    public void Copies_OfManyLines_AreFoundAlsoApart(int count, int copies)
    {
        var lines = Enumerable.Range(0, count).Select(i => $"        Call({i});").ToArray();
        string[] other = [.. lines.SelectMany(line => (string[])[$"    {line}", "", "    {", "    // Another comment.", "    [Fact]"])];

        Assert.Equal(copies, Copies([("one.cs", ["using System;", .. lines]), ("other.cs", other)]).Count());
    }

    [Fact]
    public void Copies_WithinAFile_AreNotFound()
    {
        var lines = Enumerable.Range(0, Many).Select(i => $"        Call({i});").ToArray();

        Assert.Empty(Copies([("one.cs", [.. lines, "        Other();", .. lines])]));
    }

    /// <summary>The first common lines of each two files.</summary>
    private static IEnumerable<string> Copies(IEnumerable<(string Name, string[] Text)> files)
    {
        var numbers = new Dictionary<string, int>();
        var first = new Dictionary<string, (string Name, int Line)>();
        var found = new HashSet<(string, string)>();
        foreach (var (name, text) in files)
        {
            var lines = text.Index().Where(line => !Trivial().IsMatch(line.Item)).ToList();
            var keys = lines.ConvertAll(line => NumberOf(line.Item.Trim(), numbers));
            for (var i = 0; i + Many <= lines.Count; i++)
            {
                var key = string.Concat(keys.Skip(i).Take(Many));
                if (first.TryAdd(key, (name, lines[i].Index + 1)) || first[key].Name == name || !found.Add((first[key].Name, name)))
                {
                    continue;
                }

                yield return $"{name}:{lines[i].Index + 1} has {Many} lines of {first[key].Name}:{first[key].Line}";
            }
        }
    }

    /// <summary>A short text that stands for the line.</summary>
    private static string NumberOf(string line, Dictionary<string, int> numbers)
    {
        if (!numbers.TryGetValue(line, out var number))
        {
            numbers[line] = number = numbers.Count;
        }

        return new string([(char)(number >> 16), (char)number]);
    }

    // Blank lines, comments, attributes, using and namespace lines, and lines of brackets alone.
    [GeneratedRegex(@"^\s*(?:$|//|\[\w|using |namespace |[\s{}()\[\];,]+$)")]
    private static partial Regex Trivial();
}
