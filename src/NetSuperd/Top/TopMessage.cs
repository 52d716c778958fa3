namespace NetSuperd.Top;

/// <summary>What happens to the view: everything comes as a message, one after the other.</summary>
internal abstract record TopMessage
{
    /// <summary>A key was typed.</summary>
    public sealed record Typed(TypedKey Key) : TopMessage;

    /// <summary>It is time to look at the daemon again.</summary>
    public sealed record Due : TopMessage;

    /// <summary>The daemon has answered, or there was no answer.</summary>
    public sealed record Seen(Look Look) : TopMessage;

    /// <summary>An order was carried out, or not.</summary>
    public sealed record Done(string Text, bool IsTrouble) : TopMessage;

    /// <summary>The answer to a question, to be shown as a page.</summary>
    public sealed record Answered(string Title, string Text) : TopMessage;

    /// <summary>The terminal has another size.</summary>
    public sealed record Resized : TopMessage;

    /// <summary>Ctrl-Z.</summary>
    public sealed record Suspended : TopMessage;

    /// <summary>A signal ends the view, or the terminal has gone.</summary>
    public sealed record Ended : TopMessage;
}
