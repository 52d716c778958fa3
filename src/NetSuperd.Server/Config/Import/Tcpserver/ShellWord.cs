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
}
