namespace NetSuperd.Control;

/// <summary>
/// Sends requests to the process at the other end of a channel, one after the other. The other side is
/// <see cref="ControlServer.ServeChannelAsync"/>.
/// </summary>
/// <param name="connection">The connection, which belongs to the channel from now on.</param>
internal sealed class ControlChannel(ControlConnection connection) : IDisposable
{
    private readonly ControlLines _lines = new(connection);
    private readonly SemaphoreSlim _turn = new(1);
    private int _owed;
    private bool _isClosed;

    /// <summary>
    /// Sends a request and awaits the answer. A request that is cancelled meanwhile does not harm the channel: its answer is skipped when
    /// it comes.
    /// </summary>
    /// <returns>The answer; null when the other process is gone, or its answer is malformed.</returns>
    /// <exception cref="OperationCanceledException">The answer did not come in time.</exception>
    public async Task<ControlAnswer?> AskAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isClosed || !await SendAsync(request, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            var last = await ReadOwedAsync(cancellationToken).ConfigureAwait(false);
            return last.Kind == ControlLineKind.Whole ? ControlProtocol.ReadAnswer(last.Bytes.Span).Answer : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Holds requests back until <see cref="Resume"/>, and reads the answers that are outstanding: another process may use the connection
    /// then. Where they do not come in time, a late answer could be taken for another's, and the channel is closed for both.
    /// </summary>
    public async Task HoldAsync(CancellationToken patience)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _ = await ReadOwedAsync(patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _isClosed = true;
        }

        if (_isClosed)
        {
            connection.Shut();
        }
    }

    /// <summary>Lets requests pass again after <see cref="HoldAsync"/>.</summary>
    public void Resume() => _turn.Release();

    /// <summary>Closes the channel after the last request. Requests that are held back find it closed.</summary>
    public void Dispose()
    {
        _isClosed = true;
        connection.Dispose();
    }

    /// <summary>Reads the answers to all requests so far, and returns the last.</summary>
    private async ValueTask<ControlLine> ReadOwedAsync(CancellationToken cancellationToken)
    {
        var line = new ControlLine(ControlLineKind.None);
        for (; _owed > 0; _owed--)
        {
            line = await _lines.ReadAsync(ControlProtocol.MostAnswerBytes, cancellationToken).ConfigureAwait(false);
            if (line.Kind != ControlLineKind.Whole)
            {
                _isClosed = true;
                return line;
            }
        }

        return line;
    }

    private async Task<bool> SendAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        // After half a request the next one would be read as its rest.
        _isClosed = true;
        try
        {
            await _lines.WriteAsync(ControlProtocol.Write(request), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            return false;
        }

        _owed++;
        _isClosed = false;
        return true;
    }
}
