namespace NetSuperd.Server.Listen;

/// <summary>
/// Lets servers, and children that get sockets of the map, start one after the other. It holds their starts back while a successor learns
/// which processes it takes over: a process that was started after that would be unknown to it.
/// </summary>
internal sealed class StartTurn : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private int _isHeld;

    /// <summary>Waits until one may be started.</summary>
    public Task EnterAsync(CancellationToken stopping) => _turn.WaitAsync(stopping);

    /// <summary>Waits until a child may be started, which is disposed of if that is cancelled.</summary>
    public async Task EnterAsync(IChildStart start, CancellationToken stopping)
    {
        try
        {
            await EnterAsync(stopping).ConfigureAwait(false);
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    /// <summary>The start that <see cref="EnterAsync(CancellationToken)"/> allowed is under way.</summary>
    public void Leave() => _turn.Release();

    /// <summary>Waits until starts are not held back, for what has to be done before a start.</summary>
    public async Task WhenFreeAsync(CancellationToken stopping)
    {
        await EnterAsync(stopping).ConfigureAwait(false);
        Leave();
    }

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
