using NetSuperd.Commands;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Top;

/// <summary>A text over the view: help, details, an answer. It scrolls, and its long lines are broken.</summary>
/// <param name="title">Its title.</param>
/// <param name="text">The text.</param>
internal sealed class TextPage(string title, string text)
{
    private readonly string[] _lines = PlainText.OfLines(text).TrimEnd('\n').Replace("\t", "    ", StringComparison.Ordinal).Split('\n');
    private int _first;
    private int _page = 1;
    private int _count;

    /// <summary>Scrolls.</summary>
    /// <returns>Whether the key does that.</returns>
    public bool Move(KeyName key)
    {
        var target = Scroll.To(key, _first, _page, _count);
        _first = target ?? _first;
        return target is not null;
    }

    /// <summary>The lines for which there is room.</summary>
    public IEnumerable<ShownLine> Lines(int count, LineRoom room)
    {
        var broken = _lines.SelectMany(line => Break(line, room.Cells)).ToList();
        (_count, _page) = (broken.Count, Math.Max(1, count - 1));
        _first = Math.Clamp(_first, 0, Math.Max(0, _count - _page));
        var rest = _count - _first - _page;
        return broken.Skip(_first).Take(_page).Select(line => new ShownLine(line))
            .Prepend(new ShownLine(title + (rest > 0 ? $"  ({rest} more lines: Down)" : ""), Tone.Reverse));
    }

    private static IEnumerable<string> Break(string line, int cells)
    {
        var room = new LineRoom(cells, "");
        do
        {
            var part = room.Fit(line);

            // Between words, unless that leaves a line almost empty.
            var blank = part.Length < line.Length ? part.LastIndexOf(' ') : -1;
            part = blank > cells / 2 ? part[..blank] : part;
            yield return part;
            line = part.Length == 0 ? "" : line[part.Length..].TrimStart();
        }
        while (line.Length > 0);
    }
}
