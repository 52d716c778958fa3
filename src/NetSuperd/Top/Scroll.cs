namespace NetSuperd.Top;

/// <summary>Where the keys that move lead.</summary>
internal static class Scroll
{
    /// <summary>The line that a key leads to, which may be beyond the ends; null: the key does not move.</summary>
    /// <param name="key">The key.</param>
    /// <param name="at">The line now.</param>
    /// <param name="page">How many lines are shown.</param>
    /// <param name="last">The last line.</param>
    public static int? To(KeyName key, int at, int page, int last) => key switch
    {
        KeyName.Up => at - 1,
        KeyName.Down => at + 1,
        KeyName.PageUp => at - page,
        KeyName.PageDown => at + page,
        KeyName.Home => 0,
        KeyName.End => last,
        _ => null,
    };
}
