using System.Globalization;
using System.Text;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Reporting;

/// <summary>
/// The text of a problem for the administrator: position, message, the line, and a caret below the wrong part. The file's content may be
/// hostile to a terminal, so all of it goes through <see cref="PlainText"/>.
/// </summary>
public static class ProblemText
{
    private const int GutterWidth = 5;
    private const int MostCells = 120;
    private const int CellsBefore = 60;
    private const int MostChars = 2000;

    /// <summary>How many problems are shown; the others are counted.</summary>
    public const int MostShown = 1000;

    /// <summary>The texts of the problems of a load, each as in <see cref="Format(ConfigProblem)"/>.</summary>
    public static IReadOnlyList<string> Format(LoadResult loaded)
    {
        List<string> texts = [.. loaded.Problems.Take(MostShown).Select(Format)];
        if (loaded.Problems.Length - MostShown is > 0 and var more)
        {
            texts.Add($"netsuperd: {more} more problems are not shown");
        }

        return texts;
    }

    /// <summary>How many problems a load has: <c>1 error, 2 warnings</c>.</summary>
    public static string Count(LoadResult loaded)
    {
        var errors = loaded.Problems.Count(problem => problem.Severity == Severity.Error);
        return $"{Number(errors, "error")}, {Number(loaded.Problems.Length - errors, "warning")}";

        static string Number(int number, string noun) =>
            string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");
    }

    /// <summary>The text of a problem, without a line end.</summary>
    public static string Format(ConfigProblem problem) =>
        Format(problem.At, problem.Severity == Severity.Error ? "error" : "warning", problem.Message);

    /// <summary>The text of a message about a position, without a line end.</summary>
    public static string Format(Position at, string word, string message)
    {
        var head = PlainText.Of($"{at}: {word}: {PlainText.Cut(message, MostChars)}");
        return at.Line == 0 ? head : head + Excerpt(at);
    }

    private static string Excerpt(Position at)
    {
        // Only the part of a long line around the position is processed, since every problem on the line shows it.
        var line = at.Source.Line(at.Line).AsSpan();
        var caretAt = IndexOf(line, at.Column - 1);
        var fromAt = Math.Min(line.Length - line.TrimStart(" \t").Length, caretAt);
        if (caretAt - fromAt > MostCells * 2)
        {
            fromAt = caretAt - (MostCells * 2);
        }

        var cells = Cells(line[fromAt..Math.Min(line.Length, caretAt + (MostCells * 2))]);
        var caret = Cells(line[fromAt..caretAt]).Count;
        var (from, to, cutBefore, cutAfter) = (0, cells.Count, "", "");
        if (to > MostCells)
        {
            if (caret > CellsBefore)
            {
                (from, cutBefore) = (caret - CellsBefore, "...");
            }

            if (to - from > MostCells)
            {
                (to, cutAfter) = (from + MostCells, "...");
            }
        }

        var number = at.Line.ToString(CultureInfo.InvariantCulture).PadLeft(GutterWidth);
        var text = new StringBuilder();
        text.Append('\n').Append(number).Append(" | ").Append(cutBefore).AppendJoin("", cells[from..to]).Append(cutAfter);
        text.Append('\n').Append(' ', number.Length).Append(" | ").Append(' ', cutBefore.Length);

        // A tab goes below a tab, so that the caret is in the right column whatever the terminal's tab stops are.
        foreach (var cell in cells[from..caret])
        {
            _ = cell == "\t" ? text.Append('\t') : text.Append(' ', cell.Length);
        }

        var meant = cells[caret..Math.Clamp(caret + at.Length, caret, to)].Sum(cell => cell.Length);
        return text.Append('^', Math.Max(1, meant)).ToString();
    }

    private static List<string> Cells(ReadOnlySpan<char> text)
    {
        var cells = new List<string>();
        foreach (var rune in text.EnumerateRunes())
        {
            cells.Add(rune.Value == '\t' ? "\t" : PlainText.Of(rune.ToString()));
        }

        return cells;
    }

    /// <summary>Where a code point of a line begins; the end where the line has fewer.</summary>
    private static int IndexOf(ReadOnlySpan<char> line, int column)
    {
        var part = line[..Math.Clamp(column, 0, line.Length)];
        if (!part.ContainsAnyInRange('\ud800', '\udfff'))
        {
            return part.Length;
        }

        var rest = line;
        for (; column > 0 && !rest.IsEmpty; column--)
        {
            _ = Rune.DecodeFromUtf16(rest, out _, out var length);
            rest = rest[length..];
        }

        return line.Length - rest.Length;
    }
}
