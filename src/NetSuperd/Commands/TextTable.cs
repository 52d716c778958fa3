using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary>
/// A table as plain columns: a header, two blanks between columns, numbers to the right. A column without a value is left out.
/// </summary>
/// <param name="columns">The headers; a header that begins with a blank heads a column of numbers.</param>
internal sealed class TextTable(params string[] columns)
{
    private const string Unknown = "-";
    private const string Gap = "  ";

    // Room for the longest names of a socket and a service, with some escapes.
    private const int MostChars = 256;

    private readonly List<string?[]> _rows = [];

    /// <summary>Adds a row; null: the value is unknown.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => cell is null ? null : PlainText.Of(cell, MostChars))]);

    /// <summary>The lines, each with its line end.</summary>
    public override string ToString()
    {
        var shown = Enumerable.Range(0, columns.Length).Where(i => _rows.Count == 0 || _rows.Exists(row => row[i] is not null)).ToList();
        var lines = _rows.Prepend([.. columns.Select(header => header.TrimStart())]).ToList();
        var widths = shown.ConvertAll(i => lines.Max(cells => Cells(cells[i] ?? Unknown)));
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var padded = shown.Select((i, at) => Pad(line[i] ?? Unknown, widths[at], toRight: columns[i].StartsWith(' ')));
            text.Append(string.Join(Gap, padded).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static string Pad(string cell, int width, bool toRight)
    {
        var blanks = new string(' ', width - Cells(cell));
        return toRight ? blanks + cell : cell + blanks;
    }

    private static int Cells(string text) => text.EnumerateRunes().Count();
}
