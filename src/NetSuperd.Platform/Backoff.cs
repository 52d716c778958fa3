namespace NetSuperd.Platform;

/// <summary>The pauses between tries that fail: each is twice as long as the pause before, up to the longest.</summary>
/// <remarks>It changes: a field that holds one must not be read-only.</remarks>
/// <param name="first">The first pause.</param>
/// <param name="longest">The longest pause.</param>
public struct Backoff(TimeSpan first, TimeSpan longest)
{
    private TimeSpan _last;

    /// <summary>Whether there was a pause since the last success.</summary>
    public readonly bool HasBegun => _last > TimeSpan.Zero;

    /// <summary>The pause after another failure.</summary>
    public TimeSpan Next() => _last = !HasBegun ? first : 2 * _last < longest ? 2 * _last : longest;

    /// <summary>Notes a success: the next pause is the first one again.</summary>
    public void Reset() => _last = TimeSpan.Zero;
}
