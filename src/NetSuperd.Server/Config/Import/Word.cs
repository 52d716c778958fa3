using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>A word of an imported file and its position.</summary>
internal sealed record Word(string Text, Position At)
{
    /// <summary>The words of a line between blanks.</summary>
    /// <param name="source">The file.</param>
    /// <param name="line">The number of the line, from 1.</param>
    /// <param name="from">Where in the line to begin.</param>
    public static List<Word> Split(SourceText source, int line, int from = 0)
    {
        var text = source.Line(line);
        var words = new List<Word>();
        for (var at = from; at < text.Length;)
        {
            if (text[at] is ' ' or '\t')
            {
                at++;
                continue;
            }

            var rest = text.AsSpan(at);
            var end = rest.IndexOfAny(' ', '\t') is > 0 and var blank ? at + blank : text.Length;
            words.Add(Of(source, line, at, end));
            at = end;
        }

        return words;
    }

    /// <summary>A part of a line.</summary>
    public static Word Of(SourceText source, int line, int from, int to) =>
        new(source.Line(line)[from..to], new Position(source, line, from + 1, Math.Max(1, to - from)));

    /// <summary>A part of the word, for a message that points to it.</summary>
    public Word Part(int from, int to) =>
        new(Text[from..to], At with { Column = At.Column + from, Length = Math.Max(1, to - from) });
}
