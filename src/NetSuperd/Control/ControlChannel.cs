using System.Net.Sockets;

namespace NetSuperd.Control;

/// <summary>
/// Asks the process at the other end of a channel, one question after the other. The other side is
/// <see cref="ControlServer.ServeChannelAsync"/>.
/// </summary>
/// <param name="socket">A connected stream socket, which belongs to the channel from now on.</param>
internal sealed class ControlChannel(Socket socket) : IDisposable
{
    private readonly ControlLines _lines = new(socket);
    private readonly SemaphoreSlim _turn = new(1);
    private int _owed;
    private bool _isClosed;

    /// <summary>
    /// Asks. A question that is cancelled while the answer is awaited costs the channel nothing: the answer is skipped when it comes.
    /// </summary>
    /// <returns>The answer; null when the other process is gone, or answers what nobody understands.</returns>
    /// <exception cref="OperationCanceledException">It has not answered in time.</exception>
    public async Task<ControlAnswer?> AskAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isClosed || !await SendAsync(request, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            while (true)
            {
                var line = await _lines.ReadAsync(ControlProtocol.MostAnswerBytes, cancellationToken).ConfigureAwait(false);
                if (line.Kind != ControlLineKind.Whole)
                {
                    _isClosed = true;
                    return null;
                }

                if (--_owed == 0)
                {
                    return ControlProtocol.ReadAnswer(line.Bytes.Span).Answer;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Closes the channel, after the last question.</summary>
    public void Dispose()
    {
        socket.Dispose();
        _turn.Dispose();
    }

    private async Task<bool> SendAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        // Half a request would make the next one a part of it.
        _isClosed = true;
        try
        {
            await _lines.WriteAsync(ControlProtocol.Write(request), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return false;
        }

        _owed++;
        _isClosed = false;
        return true;
    }
}
