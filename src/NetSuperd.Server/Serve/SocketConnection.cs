using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>A handler's connection: owns the socket, counts bytes, and knows how it ended and whether its handler waits.</summary>
/// <remarks>
/// A call that had to wait completes on the runtime's epoll thread (<see cref="InlineCompletions"/>). The code of a plugin goes on from
/// there on a pool thread, since nobody knows how long it takes. A built-in handler goes on where it is, which spares two changes of thread
/// for every message, and leaves for a pool thread only when call after call completes at once: one busy connection would otherwise keep
/// the thread from all the others.
/// </remarks>
internal sealed class SocketConnection(Socket socket, ConnectionRecord record, bool isBuiltin, TimeProvider time)
    : StreamConnection, IAsyncDisposable
{
    private const int MostCallsInline = 16;
    private const int MostDiscardedBytes = 64 * 1024;
    private static readonly TimeSpan LongestDiscard = TimeSpan.FromSeconds(2);

    private CancellationTokenSource? _closed;
    private Task _closedCallbacks = Task.CompletedTask;
    private long _lastWait = time.GetTimestamp();
    private int _waits = 1;
    private int _callsInline;
    private bool _shutDown;
    private bool _peerEnded;

    /// <summary>What is known of the connection.</summary>
    public ConnectionRecord Record => record;

    /// <summary>How it ended before its handler was done, by the peer or by <see cref="Abort"/>; null while neither happened.</summary>
    public ConnectionEnd? Broken { get; private set; }

    /// <summary>How long the handler has been running code without a wait for this connection; zero while it waits.</summary>
    public TimeSpan RunningFor =>
        Volatile.Read(ref _waits) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastWait));

    /// <summary>Whether the handler's first synchronous part is still running: it then holds a pool thread for certain.</summary>
    public bool HasNotYielded { get; private set; }

    /// <inheritdoc/>
    public override long Id => record.Id;

    /// <inheritdoc/>
    public override string Service => record.Service;

    /// <inheritdoc/>
    public override EndPoint LocalEndPoint => record.Local;

    /// <inheritdoc/>
    public override EndPoint RemoteEndPoint => record.Peer;

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
        // A receive of no bytes completes when there are some (tcp(7)); the number it returns says nothing.
        var waiting = Receive(Memory<byte>.Empty, cancellationToken);
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
        var tcp = socket.AddressFamily == AddressFamily.Unix ? null : TcpInfo.Of(socket);
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

    /// <summary>Closes the socket, and waits for what a handler registered with <see cref="Closed"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await _closedCallbacks.ConfigureAwait(false);
        _closed?.Dispose();
    }

    /// <summary>The handler is about to be called; until now the connection was waiting for a pool thread.</summary>
    public void Enter()
    {
        HasNotYielded = true;
        Volatile.Write(ref _lastWait, time.GetTimestamp());
        Interlocked.Decrement(ref _waits);
    }

    /// <summary>The handler has returned its task.</summary>
    public void Yielded() => HasNotYielded = false;

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

    // Three methods that differ in little: what one awaits of another would be an object more for every connection that waits.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReceiveAsync(ValueTask<int> receiving, int asked)
    {
        var changesThread = BeginWait(receiving.IsCompleted);
        try
        {
            return Received(await receiving.ConfigureAwait(false), asked);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Translate(failure);
        }
        finally
        {
            if (changesThread)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _waits);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWaitAsync(ValueTask<int> waiting)
    {
        var changesThread = BeginWait(waiting.IsCompleted);
        try
        {
            Received(await waiting.ConfigureAwait(false), 0);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Translate(failure);
        }
        finally
        {
            if (changesThread)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _waits);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishSendAsync(ValueTask<int> sending)
    {
        var changesThread = BeginWait(sending.IsCompleted);
        try
        {
            // On a stream socket the task is done when all is sent.
            Sent(await sending.ConfigureAwait(false));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Translate(failure);
        }
        finally
        {
            if (changesThread)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _waits);
        }
    }

    /// <summary>Whether a call that completed at once may go on where it is: always, but for a built-in that has done so too often.</summary>
    private bool StaysInline() => !isBuiltin || ++_callsInline < MostCallsInline;

    /// <summary>The connection waits from now on.</summary>
    /// <returns>Whether a pool thread is to go on: after a wait for a plugin, after too many calls in a row for a built-in.</returns>
    private bool BeginWait(bool isCompleted)
    {
        Interlocked.Increment(ref _waits);
        _callsInline = 0;
        return isBuiltin == isCompleted;
    }

    private int Received(int count, int asked)
    {
        record.BytesReceived += count;
        _peerEnded |= count == 0 && asked > 0;
        Volatile.Write(ref _lastWait, time.GetTimestamp());
        return count;
    }

    private void Sent(int count)
    {
        record.BytesSent += count;
        Volatile.Write(ref _lastWait, time.GetTimestamp());
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
                _ => "the connection is closed",
            },
            failure);
    }
}
