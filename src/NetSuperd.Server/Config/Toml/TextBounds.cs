using System.Buffers;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// The bounds of a text before it is parsed. The parser, and all code that walks its tree, is recursive, and each problem shows its line:
/// without bounds a small file could use up the stack, or take minutes.
/// </summary>
internal static class TextBounds
{
    /// <summary>The most levels of arrays and tables; the map needs four.</summary>
    public const int MostLevels = 32;

    /// <summary>The longest line in characters: 60,000 addresses are one.</summary>
    public const int MostLine = 1 << 20;

    private static readonly SearchValues<char> Marks = SearchValues.Create("\"'#[]{}.,=\n");

    /// <summary>Reports what exceeds the bounds.</summary>
    public static bool Hold(SourceText source, Problems problems)
    {
        if (FirstTooLong(source) is { } line)
        {
            problems.Error(line, $"the line has more than {MostLine >> 20} Mi characters; an array may be written over several lines");
            return false;
        }

        if (FirstTooDeep(source) is { } level)
        {
            problems.Error(level, $"arrays or tables are nested more than {MostLevels} levels deep");
            return false;
        }

        return true;
    }

    private static Position? FirstTooLong(SourceText source)
    {
        var number = 0;
        foreach (var line in source.Text.AsSpan().Split('\n'))
        {
            number++;
            if (line.End.Value - line.Start.Value > MostLine)
            {
                return new Position(source, number, 1);
            }
        }

        return null;
    }

    /// <summary>The position of the first level beyond the bound; null where there is none.</summary>
    /// <remarks>
    /// Levels are open brackets, and the parts of one key. A header ends with its line, and so does a string of one line: what is left open
    /// in a torn file does not affect the following lines.
    /// </remarks>
    private static Position? FirstTooDeep(SourceText source)
    {
        var text = source.Text.AsSpan();
        var (open, parts, isHeader, isLineStart) = (0, 0, false, true);
        for (var at = 0; Next(text, ref at, ref isLineStart); at++)
        {
            switch (text[at])
            {
                case '\n':
                    (parts, isLineStart, open) = (0, true, isHeader ? 0 : open);
                    isHeader = false;
                    continue;
                case '#':
                    at = EndOfLine(text, at) - 1;
                    break;
                case '"' or '\'':
                    at = EndOfString(text, at) - 1;
                    break;
                case '[' or '{':
                    isHeader |= isLineStart && open == 0 && text[at] == '[';
                    (open, parts) = (open + 1, 0);
                    break;
                case ']' or '}':
                    (open, parts) = (Math.Max(0, open - 1), 0);
                    break;
                case '.':
                    parts++;
                    break;
                default:
                    parts = 0;
                    break;
            }

            isLineStart = false;
            if (open > MostLevels || parts >= MostLevels)
            {
                return PositionOf(source, at);
            }
        }

        return null;
    }

    /// <summary>Finds the next mark. Text before it on its line, apart from blanks, means that the mark does not begin the line.</summary>
    private static bool Next(ReadOnlySpan<char> text, ref int at, ref bool isLineStart)
    {
        var skipped = at >= text.Length ? -1 : text[at..].IndexOfAny(Marks);
        if (skipped < 0)
        {
            return false;
        }

        isLineStart &= text.Slice(at, skipped).IsWhiteSpace();
        at += skipped;
        return true;
    }

    private static int EndOfLine(ReadOnlySpan<char> text, int at) =>
        text[at..].IndexOf('\n') is >= 0 and var length ? at + length : text.Length;

    /// <summary>The position after a string, or the end of its line where it is not closed there.</summary>
    private static int EndOfString(ReadOnlySpan<char> text, int at)
    {
        var quote = text[at];
        var isLong = text[at..].StartsWith([quote, quote, quote]);
        for (at += isLong ? 3 : 1; at < text.Length; at++)
        {
            if (text[at] == '\\' && quote == '"')
            {
                at++;
            }
            else if (text[at] == '\n' && !isLong)
            {
                return at;
            }
            else if (text[at] == quote && (!isLong || text[at..].StartsWith([quote, quote, quote])))
            {
                return at + (isLong ? 3 : 1);
            }
        }

        return text.Length;
    }

    private static Position PositionOf(SourceText source, int at)
    {
        var before = source.Text.AsSpan(0, at);
        var column = 1;
        foreach (var _ in before[(before.LastIndexOf('\n') + 1)..].EnumerateRunes())
        {
            column++;
        }

        return new Position(source, before.Count('\n') + 1, column);
    }
}
