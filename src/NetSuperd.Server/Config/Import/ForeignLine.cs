using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>A line that another program puts together from several lines of a file. Each part knows where it stands there.</summary>
internal sealed class ForeignLine(SourceText source)
{
    private readonly StringBuilder _text = new();
    private readonly List<(int Start, int Line, int From)> _parts = [];
    private string? _whole;

    /// <summary>The text as the other program has it.</summary>
    public string Text => _whole ??= _text.ToString();

    /// <summary>The first line of the file that belongs to it.</summary>
    public int FirstLine => _parts is [var (_, line, _), ..] ? line : 0;

    /// <summary>Adds a part of a line of the file.</summary>
    public void Add(int line, int from, int to)
    {
        _parts.Add((_text.Length, line, from));
        _text.Append(source.Line(line), from, to - from);
        _whole = null;
    }

    /// <summary>Adds what stands in no line, such as the blank between two.</summary>
    public void Add(string joint)
    {
        _text.Append(joint);
        _whole = null;
    }

    /// <summary>Where a part stands in the file.</summary>
    public Position At(int from, int to)
    {
        var low = PartAt(from);
        return _parts.Count == 0
            ? new Position(source)
            : new Position(source, _parts[low].Line, _parts[low].From + from - _parts[low].Start + 1, Math.Max(1, to - from));
    }

    /// <summary>A part of the line as a line of its own.</summary>
    public ForeignLine Part(int from, int to)
    {
        var line = new ForeignLine(source);
        line._text.Append(Text, from, to - from);
        for (var part = PartAt(from); part < _parts.Count && _parts[part].Start < to; part++)
        {
            line._parts.Add(_parts[part] with { Start = _parts[part].Start - from });
        }

        return line;
    }

    /// <summary>A part of the line.</summary>
    public Word Word(int from, int to) => new(Text[from..to], At(from, to));

    /// <summary>A part of the line without the blanks around it.</summary>
    public Word Trimmed(int from, int to)
    {
        while (from < to && char.IsWhiteSpace(Text[from]))
        {
            from++;
        }

        while (to > from && char.IsWhiteSpace(Text[to - 1]))
        {
            to--;
        }

        return Word(from, to);
    }

    /// <summary>The words of a part of the line.</summary>
    /// <param name="from">Where the part begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="separators">The characters between words.</param>
    public List<Word> Words(int from, int to, string separators)
    {
        var words = new List<Word>();
        while (from < to)
        {
            var length = Text.AsSpan(from, to - from).IndexOfAny(separators);
            var end = length < 0 ? to : from + length;
            if (end > from)
            {
                words.Add(Word(from, end));
            }

            from = end + 1;
        }

        return words;
    }

    private int PartAt(int from)
    {
        var (low, high) = (0, _parts.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _parts[middle].Start <= from ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
