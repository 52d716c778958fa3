using System.Buffers;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>A handler's connection: owns the socket, counts bytes, and knows how it ended.</summary>
internal sealed partial class SocketConnection(
    Socket socket, ConnectionRecord record, bool isBuiltin, Admission admission, TimeProvider time)
    : StreamConnection, IAsyncDisposable
{
    private const int MostDiscardedBytes = 64 * 1024;
    private static readonly TimeSpan LongestDiscard = TimeSpan.FromSeconds(2);

    // A plugin's own: what it registers with its token runs at the stop, and may throw or block. The built-ins do without.
    private readonly CancellationTokenSource? _stopping = isBuiltin ? null : new CancellationTokenSource();
    private CancellationTokenSource? _closed;
    private Task _closedCallbacks = Task.CompletedTask;
    private Task _stoppingCallbacks = Task.CompletedTask;
    private bool _shutDown;
    private bool _peerEnded;

    /// <summary>What is known of the connection.</summary>
    public ConnectionRecord Record => record;

    /// <summary>How it ended before its handler was done, by the peer or by <see cref="Abort"/>; null while neither happened.</summary>
    public ConnectionEnd? Broken { get; private set; }

    /// <summary>Fires when the daemon stops; a token that never does where the handler is a built-in.</summary>
    public CancellationToken Stopping => _stopping?.Token ?? CancellationToken.None;

    /// <inheritdoc/>
    public override long Id => record.Id;

    /// <inheritdoc/>
    public override string Service => record.Service;

    /// <inheritdoc/>
    public override EndPoint LocalEndPoint => record.Local;

    /// <inheritdoc/>
    public override EndPoint RemoteEndPoint => record.Peer!;

    /// <inheritdoc/>
    public override CancellationToken Closed
    {
        get
        {
            // Made on demand: most handlers never ask, and a source for every idle connection would be memory for nothing.
            lock (record)
            {
                _closed ??= new CancellationTokenSource();
                return Broken is null ? _closed.Token : new CancellationToken(canceled: true);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var receiving = Receive(buffer, cancellationToken);
        return receiving.IsCompletedSuccessfully && StaysInline()
            ? new ValueTask<int>(Received(receiving.Result, buffer.Length))
            : FinishReceiveAsync(receiving, buffer.Length);
    }

    /// <inheritdoc/>
    public override ValueTask WaitForDataAsync(CancellationToken cancellationToken = default)
    {
        // A receive of no bytes completes when there are some (tcp(7)); the number it returns says nothing. What is there already need not be
        // waited for, so it counts before a token that is cancelled.
        var waiting = Receive(Memory<byte>.Empty, cancellationToken.IsCancellationRequested && HasData() ? CancellationToken.None : cancellationToken);
        if (waiting.IsCompletedSuccessfully && StaysInline())
        {
            _ = Received(waiting.Result, 0);
            return ValueTask.CompletedTask;
        }

        return FinishWaitAsync(waiting);
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var sending = socket.SendAsync(buffer, SocketFlags.None, cancellationToken);
            if (sending.IsCompletedSuccessfully && StaysInline())
            {
                Sent(sending.Result);
                return ValueTask.CompletedTask;
            }

            return FinishSendAsync(sending);
        }
        catch (ObjectDisposedException closed)
        {
            throw Translate(closed);
        }
    }

    /// <inheritdoc/>
    public override ConnectionStatus GetStatus()
    {
        var tcp = socket.AddressFamily == AddressFamily.Unix ? null : TcpInfo.Of(socket.SafeHandle);
        var state = Broken is not null ? ConnectionState.Closed
            : tcp is { } info ? (ConnectionState)info.State
            : (_shutDown, _peerEnded) switch
            {
                (false, false) => ConnectionState.Established,
                (false, true) => ConnectionState.CloseWait,
                (true, false) => ConnectionState.FinWait2,
                (true, true) => ConnectionState.Closed,
            };
        return new ConnectionStatus(state, tcp?.RoundTripTime, tcp?.Retransmits, record.BytesReceived, record.BytesSent);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The order is shutdown(2), then discarding what the peer still sends, within bounds, then close(2) by <see cref="DisposeAsync"/>:
    /// closing with unread input makes the system send RST, which may destroy the answer on its way.
    /// </remarks>
    public override async ValueTask CloseAsync()
    {
        if (await CloseInlineAsync().ConfigureAwait(false) && !isBuiltin)
        {
            await Task.Yield();
        }
    }

    /// <summary>CLOSE, which goes on where the last call completed.</summary>
    /// <returns>Whether it had to wait.</returns>
    private async ValueTask<bool> CloseInlineAsync()
    {
        lock (record)
        {
            if (_shutDown || Broken is not null)
            {
                return false;
            }

            _shutDown = true;
        }

        byte[]? buffer = null;
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            if (_peerEnded)
            {
                return false;
            }

            using var limit = new CancellationTokenSource(LongestDiscard, time);
            buffer = ArrayPool<byte>.Shared.Rent(4096);
            var discarded = 0;
            while (!_peerEnded && discarded < MostDiscardedBytes)
            {
                var received = await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token).ConfigureAwait(false);
                _peerEnded = received == 0;
                discarded += received;
            }

            return true;
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer has reset, the connection was aborted meanwhile, or the time is over: all of them end the discarding.
            return true;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        if (!Break(ConnectionEnd.Aborted))
        {
            return;
        }

        try
        {
            // A linger time of 0 makes close(2) discard what is buffered and send RST (socket(7), SO_LINGER).
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return;
        }

        socket.Dispose();
    }

    /// <summary>The key of the time that is over for it; null while none is.</summary>
    public string? TimeOver() => Broken is not null ? null : admission.Over(time.GetElapsedTime(record.Started), record.BytesReceived > 0, Idle);

    /// <summary>Ends it because a time is over. Nothing is discarded that was sent: the peer sees the end of transmission.</summary>
    public void TimeOut(string key)
    {
        if (!Break(ConnectionEnd.TimedOut))
        {
            return;
        }

        record.TimedOutBy = key;
        HangUp(socket);
    }

    /// <summary>CLOSE of a connection that nobody serves, without waiting: what has come is discarded, lest closing sends RST.</summary>
    public static void HangUp(Socket socket)
    {
        try
        {
            Span<byte> buffer = stackalloc byte[4096];
            for (var discarded = 0; discarded < MostDiscardedBytes && socket.Available > 0;)
            {
                discarded += socket.Receive(buffer);
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has gone by itself.
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>Asks the handler to end. What it has registered for that runs on threads of the pool, and costs its own connection only.</summary>
    public void Stop() => _stoppingCallbacks = _stopping?.CancelAsync() ?? Task.CompletedTask;

    /// <summary>Closes the socket, and waits for what a handler registered with its tokens.</summary>
    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        try
        {
            await _stoppingCallbacks.ConfigureAwait(false);
        }
        finally
        {
            await _closedCallbacks.ConfigureAwait(false);
            _closed?.Dispose();
        }
    }

    // What the handler has not been told yet, as of a large piece that is being sent, the system knows.
    private TimeSpan Idle()
    {
        var own = time.GetElapsedTime(Volatile.Read(ref _lastProgress));
        return own > admission.IdleTimeout && TcpInfo.Of(socket.SafeHandle) is { Idle: var idle } && idle < own ? idle : own;
    }

    private ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (ObjectDisposedException closed)
        {
            throw Translate(closed);
        }
    }

    private bool HasData()
    {
        try
        {
            return socket.Available > 0;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private int Received(int count, int asked)
    {
        record.BytesReceived += count;
        _peerEnded |= count == 0 && asked > 0;
        Progress();
        return count;
    }

    private void Sent(int count)
    {
        record.BytesSent += count;
        Progress();
    }

    /// <summary>Notes the first reason why the connection broke, and tells those who wait for <see cref="Closed"/>.</summary>
    private bool Break(ConnectionEnd end)
    {
        lock (record)
        {
            if (Broken is not null)
            {
                return false;
            }

            Broken = end;
            _closedCallbacks = _closed?.CancelAsync() ?? Task.CompletedTask;
            return true;
        }
    }

    /// <summary>What a handler sees of a failed call: one exception, whichever way the connection was lost.</summary>
    private ConnectionClosedException Translate(Exception failure)
    {
        // After the own shutdown a failed send is the handler's mistake and not the peer's reset.
        if (failure is SocketException { SocketErrorCode: not SocketError.OperationAborted } && !_shutDown)
        {
            Break(ConnectionEnd.Reset);
        }

        return new ConnectionClosedException(
            Broken switch
            {
                ConnectionEnd.Reset => $"the peer ended the connection: {failure.Message}",
                ConnectionEnd.Aborted => "the connection was aborted",
                ConnectionEnd.TimedOut => $"the connection was ended by {record.TimedOutBy}",
                _ => "the connection is closed",
            },
            failure);
    }
}
