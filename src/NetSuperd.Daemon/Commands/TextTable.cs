using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary>
/// A table as plain columns: a header, two blanks between columns, numbers to the right. A column without a value is left out.
/// </summary>
/// <param name="columns">
/// The headers. One that begins with a blank heads a column of numbers. Where a terminal is too narrow, columns whose header ends with
/// <c>?</c> are left out, the last one first, and the text of those that end with <c>~</c> is cut.
/// </param>
internal sealed class TextTable(params string[] columns)
{
    private const string Unknown = "-";
    private const string Gap = "  ";

    // Room for the longest names of a socket and a service, with some escapes.
    private const int MostChars = 256;

    // Text keeps this width while other columns can be left out, and the other width in any case.
    private const int KeptCells = 24;
    private const int LeastCells = 8;

    private readonly List<string?[]> _rows = [];

    /// <summary>
    /// The widths of the columns of a table that is shown again and again: none is left out or becomes narrower than it was. Null: each
    /// table is for itself.
    /// </summary>
    public int[]? Steady { get; init; }

    /// <summary>Adds a row; null: the value is unknown.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => cell is null ? null : PlainText.Of(cell, MostChars))]);

    /// <summary>The lines, each with its line end.</summary>
    public override string ToString() => ToString(null);

    /// <summary>The lines, each with its line end.</summary>
    /// <param name="room">The room that a line has; null: any.</param>
    public string ToString(LineRoom? room)
    {
        var lines = _rows.Prepend([.. columns.Select(header => header.Trim(' ', '?', '~'))]).ToList();
        var shown = Enumerable.Range(0, columns.Length)
            .Where(i => _rows.Count == 0 || Steady is not null || _rows.Exists(row => row[i] is not null))
            .Select(i => new Column(i, columns[i], Math.Max(Steady?[i] ?? 0, lines.Max(cells => LineRoom.CellsOf(cells[i] ?? Unknown)))))
            .ToList();
        if (Steady is not null)
        {
            shown.ForEach(column => Steady[column.At] = column.Cells);
        }

        if (room is not null)
        {
            Narrow(shown, room.Cells);
        }

        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var cells = string.Join(Gap, shown.Select(column => column.Pad(line[column.At] ?? Unknown, room))).TrimEnd();
            text.Append(room?.Fit(cells) ?? cells).Append('\n');
        }

        return text.ToString();
    }

    private static void Narrow(List<Column> shown, int cells)
    {
        while (Sum(column => column.IsText ? Math.Min(column.Cells, KeptCells) : column.Cells) > cells
            && shown.FindLastIndex(column => column.MayGo) is >= 0 and var last)
        {
            shown.RemoveAt(last);
        }

        while (Sum(column => column.Cells) > cells
            && shown.Where(column => column.IsText).MaxBy(column => column.Cells) is { Cells: > LeastCells } widest)
        {
            widest.Cells--;
        }

        int Sum(Func<Column, int> width) => shown.Sum(width) + ((shown.Count - 1) * Gap.Length);
    }

    private sealed class Column(int at, string header, int cells)
    {
        public int At => at;

        public bool MayGo => header.EndsWith('?');

        public bool IsText => header.EndsWith('~');

        public int Cells { get; set; } = cells;

        public string Pad(string text, LineRoom? room)
        {
            var fitted = room?.Fit(text, Cells) ?? text;
            var blanks = new string(' ', Cells - LineRoom.CellsOf(fitted));
            return header.StartsWith(' ') ? blanks + fitted : fitted + blanks;
        }
    }
}
