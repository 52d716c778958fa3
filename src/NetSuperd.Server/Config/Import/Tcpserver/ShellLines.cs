using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>
/// The lines of a run script as the shell puts them together: a backslash or an open quote at the end of a line joins it with the next
/// one, and the text of a here-document is the input of a command.
/// </summary>
internal sealed class ShellLines(Importing importing, SourceText source)
{
    private ShellQuotes _quotes = new();
    private int _line;

    /// <summary>Whether a quote of the last line is open to the end of the script.</summary>
    public bool IsOpen => _quotes.IsOpen;

    /// <summary>The next line; null: the script has ended.</summary>
    public ForeignLine? Next()
    {
        if (_line >= source.LineCount)
        {
            return null;
        }

        _quotes = new ShellQuotes();
        var whole = new ForeignLine(source);
        for (var isFirst = true; isFirst || (_quotes.IsOpen && _line < source.LineCount); isFirst = false)
        {
            if (!isFirst)
            {
                whole.Add("\n");
            }

            _line++;
            Join(whole);
        }

        foreach (var (end, hasTabs) in _quotes.HereDocuments)
        {
            Skip(end, hasTabs);
        }

        return whole;
    }

    /// <summary>Adds a line with those that a backslash at its end joins.</summary>
    private void Join(ForeignLine whole)
    {
        if (IsComment(source.Line(_line)))
        {
            return;
        }

        for (; _line < source.LineCount; _line++)
        {
            var text = source.Line(_line);
            var end = text.LastIndexOf('\\');
            var rest = end < 0 ? "" : text[(end + 1)..].Trim();
            var isComment = IsComment(text);
            if (isComment || (end >= 0 && end + 1 < text.Length && (rest.Length == 0 || rest[0] == '#')))
            {
                importing.Map.Changed(
                    new Position(source, _line, isComment ? 1 : end + 1),
                    isComment
                        ? "a comment between the lines of a command ends it for the shell, so what follows was lost; it is taken now"
                        : "the backslash is not the last character of the line, so the shell lost what follows; it is taken now");
                if (isComment)
                {
                    continue;
                }
            }
            else if (end < 0 || end + 1 < text.Length)
            {
                break;
            }

            Add(whole, end);
            whole.Add(" ");
        }

        var last = source.Line(_line);
        Add(whole, last.EndsWith('\\') ? last.Length - 1 : last.Length);
    }

    private bool IsComment(string line) => !_quotes.IsOpen && line.TrimStart().StartsWith('#');

    private void Add(ForeignLine whole, int to)
    {
        whole.Add(_line, 0, to);
        _quotes.Read(source.Line(_line).AsSpan(0, to));
    }

    private void Skip(string end, bool hasTabs)
    {
        while (++_line <= source.LineCount)
        {
            var text = source.Line(_line);
            if ((hasTabs ? text.TrimStart('\t') : text) == end)
            {
                return;
            }

            if (TcpserverKind.IsIn(text))
            {
                importing.Map.Lost(
                    new Position(source, _line, 1), $"this line is in a text up to '{end}' that a command gets as its input (<<), so no "
                        + "service is made of it");
            }
        }
    }
}
