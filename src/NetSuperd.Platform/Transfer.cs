namespace NetSuperd.Platform;

/// <summary>The result of a call on a connection: how many bytes it has moved, or why none.</summary>
public readonly record struct Transfer
{
    // The count, or the error number below 0.
    private readonly int _outcome;

    private Transfer(int outcome) => _outcome = outcome;

    /// <summary>The bytes; negative where the call has moved none.</summary>
    public int Count => _outcome;

    /// <summary>Why it has failed; null where it has succeeded or must only wait.</summary>
    public Errno? Failure => _outcome < 0 && !MustWait ? (Errno)(-_outcome) : null;

    /// <summary>Whether nothing can be moved now.</summary>
    public bool MustWait => _outcome == -(int)Errno.EAGAIN;

    /// <summary>That many bytes.</summary>
    public static Transfer Of(int count) => new(count);

    /// <summary>None, for a reason.</summary>
    public static Transfer Failed(Errno errno) => new(-(int)errno);
}
