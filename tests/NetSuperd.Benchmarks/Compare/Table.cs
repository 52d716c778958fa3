namespace NetSuperd.Benchmarks.Compare;

/// <summary>A table as text and as Markdown.</summary>
/// <param name="rows">The cells; the first row is the head, and every row is as long.</param>
internal sealed class Table(IReadOnlyList<IReadOnlyList<string>> rows)
{
    /// <summary>In aligned columns.</summary>
    public string Plain => string.Concat(rows.Select(row => string.Join("  ", Aligned(row)).TrimEnd() + "\n"));

    /// <summary>As Markdown.</summary>
    public string Markdown => Line(rows[0])
        + $"|---{string.Concat(Enumerable.Repeat("|--:", rows[0].Count - 1))}|\n"
        + string.Concat(rows.Skip(1).Select(Line));

    private static string Line(IReadOnlyList<string> row) => $"| {string.Join(" | ", row)} |\n";

    private IEnumerable<string> Aligned(IReadOnlyList<string> row) => row.Select((cell, column) =>
        rows.Max(other => other[column].Length) is var width && column == 0 ? cell.PadRight(width) : cell.PadLeft(width));
}
