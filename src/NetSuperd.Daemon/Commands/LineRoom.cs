using System.Globalization;
using System.Text;

namespace NetSuperd.Commands;

/// <summary>The room that a line has on a terminal.</summary>
/// <param name="Cells">The width of the terminal.</param>
/// <param name="Ellipsis">What stands for the rest of a text that is cut.</param>
internal sealed record LineRoom(int Cells, string Ellipsis)
{
    // Blocks of characters that fill two cells (Unicode's East Asian Width: wide, fullwidth), by their first and last.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60),
        (0xFFE0, 0xFFE6), (0x1F300, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>How many cells a text fills.</summary>
    public static int CellsOf(string text) => text.EnumerateRunes().Sum(CellsOf);

    /// <summary>The line, or as much of it as there is room for.</summary>
    public string Fit(string line) => Fit(line, Cells);

    /// <summary>The text, or as much of it as some cells have room for.</summary>
    public string Fit(string text, int cells)
    {
        if (text.Length <= cells / 2 || CellsOf(text) <= cells)
        {
            return text;
        }

        var ellipsis = Ellipsis.Length <= cells ? Ellipsis : "";
        var (left, length) = (cells - ellipsis.Length, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            left -= CellsOf(rune);
            if (left < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length] + ellipsis;
    }

    private static int CellsOf(Rune rune) => rune.IsAscii ? 1
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? 0
        : Array.Exists(Wide, block => rune.Value >= block.First && rune.Value <= block.Last) ? 2
        : 1;
}
