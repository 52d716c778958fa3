namespace NetSuperd.Server;

/// <summary>Lets the changes of a server happen one after the other, and tells them whether it has been closed.</summary>
internal sealed class ChangeTurn : IDisposable
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isClosed;

    /// <summary>Whether the server accepts no more: a change has nothing to do then.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Waits until the changes before this one are done.</summary>
    /// <returns>To be disposed of when this one is done.</returns>
    public async Task<Turn> TakeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        return new Turn(_turn);
    }

    /// <summary>Closes for good, and waits for the change that is under way.</summary>
    /// <returns>To be disposed of when the server is closed.</returns>
    public async Task<Turn> CloseAsync()
    {
        // The close does not wait for a change that hangs. If that continues later, it does so after the sockets are closed.
        _isClosed = true;
        return new Turn(await _turn.WaitAsync(ClosePatience).ConfigureAwait(false) ? _turn : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>The turn of one change.</summary>
    /// <param name="turn">Gets it back; null: another change has it.</param>
    internal sealed class Turn(SemaphoreSlim? turn) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => turn?.Release();
    }
}
