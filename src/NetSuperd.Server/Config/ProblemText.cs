using System.Globalization;
using System.Text;

namespace NetSuperd.Server.Config;

/// <summary>
/// A problem as the administrator reads it: place, message, the line, and a caret below what is meant. What the file holds may be hostile
/// to a terminal, so all of it is <see cref="PlainText"/>.
/// </summary>
public static class ProblemText
{
    private const int GutterWidth = 5;
    private const int MostCells = 120;
    private const int CellsBefore = 60;
    private const int MostChars = 2000;

    /// <summary>The text of a problem, without a line end.</summary>
    public static string Format(ConfigProblem problem) =>
        Format(problem.At, problem.Severity == Severity.Error ? "error" : "warning", problem.Message);

    /// <summary>The text of anything that is said about a place, without a line end.</summary>
    public static string Format(Position at, string word, string message)
    {
        var head = PlainText.Of($"{at}: {word}: {PlainText.Cut(message, MostChars)}");
        return at.Line == 0 ? head : head + Excerpt(at);
    }

    private static string Excerpt(Position at)
    {
        var cells = at.Source.Line(at.Line).EnumerateRunes().Select(rune => rune.Value == '\t' ? "\t" : PlainText.Of(rune.ToString())).ToList();
        var caret = Math.Clamp(at.Column - 1, 0, cells.Count);
        var from = cells.TakeWhile(cell => cell is " " or "\t").Take(caret).Count();
        var to = cells.Count;
        var (cutBefore, cutAfter) = ("", "");
        if (to - from > MostCells)
        {
            if (caret - from > CellsBefore)
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

        // A tab below a tab, or the caret stands elsewhere wherever the terminal's stops are.
        foreach (var cell in cells[from..caret])
        {
            _ = cell == "\t" ? text.Append('\t') : text.Append(' ', cell.Length);
        }

        var meant = cells[caret..Math.Clamp(caret + at.Length, caret, to)].Sum(cell => cell.Length);
        return text.Append('^', Math.Max(1, meant)).ToString();
    }
}
