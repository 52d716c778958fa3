namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>A word of a command.</summary>
/// <param name="Word">The word with its variables expanded.</param>
/// <param name="Missing">The variable or command in it whose value is not known; null: all is known.</param>
internal sealed record ShellWord(Word Word, string? Missing)
{
    /// <summary>Its text.</summary>
    public string Text => Word.Text;

    /// <summary>Whether it ends a command: <c>;</c>, <c>|</c> and the like.</summary>
    public bool IsOperator { get; init; }

    /// <summary>The line with it; null: it is an operator.</summary>
    public ForeignLine? Line { get; init; }

    /// <summary>Where it begins in its line.</summary>
    public int From { get; init; }

    /// <summary>Where it ends in its line.</summary>
    public int To { get; init; }

    /// <summary>The text between its quotes, which may be a command for a shell; null: it has none.</summary>
    public ForeignLine? Quoted()
    {
        var raw = Line is null ? [] : Line.Text.AsSpan(From, To - From);
        var open = raw.IndexOfAny('"', '\'');
        if (open < 0)
        {
            return null;
        }

        var close = raw.LastIndexOf(raw[open]);
        return Line!.Part(From + open + 1, From + (close > open ? close : raw.Length));
    }
}
