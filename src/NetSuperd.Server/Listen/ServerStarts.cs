namespace NetSuperd.Server.Listen;

/// <summary>
/// Lets servers start one after the other, and holds their starts back while a successor learns which processes it takes over: a process
/// that was started after that would be unknown to it.
/// </summary>
internal sealed class ServerStarts : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private int _isHeld;

    /// <summary>Waits until a server may be started.</summary>
    public Task EnterAsync(CancellationToken stopping) => _turn.WaitAsync(stopping);

    /// <summary>The start that <see cref="EnterAsync"/> allowed is under way.</summary>
    public void Leave() => _turn.Release();

    /// <summary>Holds back every start until <see cref="Release"/>.</summary>
    public async Task HoldAsync()
    {
        if (Interlocked.Exchange(ref _isHeld, 1) == 0)
        {
            await _turn.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Allows starts again.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _isHeld, 0) == 1)
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A restart that hangs may release the starts later.
        Interlocked.Exchange(ref _isHeld, 0);
        _turn.Dispose();
    }
}
