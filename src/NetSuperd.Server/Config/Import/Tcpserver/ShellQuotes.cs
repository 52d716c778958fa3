namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>The quotes and here-documents that lines of a run script leave open.</summary>
internal sealed class ShellQuotes
{
    private const string Ends = " \t;|&<>()";

    private char _quote;

    /// <summary>Whether a quote is open.</summary>
    public bool IsOpen => _quote != '\0';

    /// <summary>The words that end the here-documents, and whether tabs may stand before them.</summary>
    public List<(string End, bool HasTabs)> HereDocuments { get; } = [];

    /// <summary>Reads a line, or a part of one.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        var isStart = true;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (IsOpen)
            {
                at += c == '\\' && _quote == '"' ? 1 : 0;
                _quote = c == _quote ? '\0' : _quote;
                continue;
            }

            if (c == '#' && isStart)
            {
                return;
            }

            isStart = Ends.Contains(c, StringComparison.Ordinal);
            if (c is '"' or '\'')
            {
                _quote = c;
            }
            else if (c == '\\')
            {
                at++;
            }
            else if (text[at..].StartsWith("$(("))
            {
                at += Math.Max(2, text[at..].IndexOf("))"));
            }
            else if (text[at..].StartsWith("<<"))
            {
                at = AfterHereDocument(text, at);
            }
        }
    }

    private int AfterHereDocument(ReadOnlySpan<char> text, int at)
    {
        if (text[at..].StartsWith("<<<"))
        {
            return at + 2;
        }

        var hasTabs = text[at..].StartsWith("<<-");
        var from = at + (hasTabs ? 3 : 2);
        while (from < text.Length && text[from] is ' ' or '\t')
        {
            from++;
        }

        var end = from;
        while (end < text.Length && !Ends.Contains(text[end], StringComparison.Ordinal))
        {
            end++;
        }

        var word = string.Concat(text[from..end].ToString().Where(letter => letter is not ('"' or '\'' or '\\')));
        HereDocuments.Add((word, hasTabs));
        return end - 1;
    }
}
