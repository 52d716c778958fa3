namespace NetSuperd.Testing;

/// <summary>One direction of a connection has one call at a time.</summary>
internal sealed class Turn
{
    private bool _isTaken;

    /// <summary>Whether a call is under way.</summary>
    public bool IsTaken => Volatile.Read(ref _isTaken);

    /// <summary>Begins a call, which ends when the result is disposed.</summary>
    public Call Take() => Interlocked.Exchange(ref _isTaken, true)
        ? throw new InvalidOperationException("a call in the same direction is still under way")
        : new Call(this);

    /// <summary>A call that is under way.</summary>
    public readonly struct Call(Turn turn) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Volatile.Write(ref turn._isTaken, false);
    }
}
