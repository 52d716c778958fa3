using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>A handler's connection: owns the socket, counts bytes, and notes how the connection ended.</summary>
/// <param name="socket">The socket.</param>
/// <param name="record">Its record, or the counts of a connection to a target.</param>
/// <param name="admission">How long it may last; null: without limit.</param>
/// <param name="loop">The loop that watches it.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">
/// Fires when the daemon stops; for a built-in, which continues on the loop. Null for a plugin, which has a token of its own.
/// </param>
internal sealed partial class SocketConnection(
    StreamSocket socket, CountedConnection record, Admission? admission, EventLoop loop, TimeProvider time, CancellationToken? stopping)
    : StreamConnection, IAsyncDisposable, IConnectionHolder
{
    private static readonly TimeSpan LongestNew = TimeSpan.FromSeconds(1);

    // A plugin has a source of its own: callbacks that it registers run at the stop, and may throw or block.
    private readonly CancellationTokenSource? _stopping = stopping is null ? new CancellationTokenSource() : null;
    private readonly CancellationToken _stoppingOfBuiltins = stopping.GetValueOrDefault();
    private CancellationTokenSource? _closed;
    private long _lastProgress = time.GetTimestamp();
    private bool _shutDown;
    private bool _peerEnded;

    /// <summary>Its record. Of a client's connection alone.</summary>
    public ConnectionRecord Record => (ConnectionRecord)record;

    /// <summary>How it ended before its handler was done, by the peer or by <see cref="Abort"/>; null while neither has happened.</summary>
    public ConnectionEnd? Broken { get; private set; }

    /// <summary>Whether its handler is a built-in.</summary>
    public bool IsBuiltin => _stopping is null;

    /// <summary>Whether the connection has been passed to another service (<see cref="GiveAway"/>).</summary>
    public bool IsGivenAway { get; private set; }

    /// <summary>Whether its client has sent nothing yet, and was accepted less than a second ago.</summary>
    public bool IsNew => Broken is null && record.BytesReceived == 0 && time.GetElapsedTime(record.Started) < LongestNew;

    /// <summary>Whether bytes that came before a reset by the peer can be received after it.</summary>
    public bool ReceivesAfterReset { get; init; }

    /// <summary>The loop that watches it.</summary>
    public EventLoop Loop => loop;

    /// <summary>Fires when the daemon stops.</summary>
    public CancellationToken Stopping => _stopping?.Token ?? _stoppingOfBuiltins;

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
            // Made on demand: most handlers never use it, and a source for every idle connection would waste memory.
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
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (Obstacle(_receiving, receives: true) is { } obstacle)
        {
            return ValueTask.FromException<int>(obstacle);
        }

        var hasTurn = HasTurn;
        if (hasTurn && (_input != Input.None || _token == NotWatched))
        {
            var received = Receive(buffer.Span);
            if (received.Failure is { } errno)
            {
                return ValueTask.FromException<int>(Lost("recv", errno));
            }

            if (!received.MustWait)
            {
                return new ValueTask<int>(Received(received.Count, buffer.Length));
            }
        }

        var call = Begin(CallKind.Receive, buffer, now: !hasTurn, cancellationToken);
        return new ValueTask<int>(call, call.Version);
    }

    /// <summary>Waits for more bytes than are known, and copies all of them; they stay in the queue. For built-ins.</summary>
    /// <param name="buffer">Gets the bytes, those that are known included.</param>
    /// <param name="known">How many are known.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many there are; no more than are known at the end of the client's transmission.</returns>
    internal ValueTask<int> PeekAsync(Memory<byte> buffer, int known, CancellationToken cancellationToken)
    {
        if (Obstacle(_receiving) is { } obstacle)
        {
            return ValueTask.FromException<int>(obstacle);
        }

        (_known, _input) = (known, Input.Unknown);
        var call = Begin(CallKind.Peek, buffer, now: true, cancellationToken);
        return new ValueTask<int>(call, call.Version);
    }

    /// <inheritdoc/>
    public override ValueTask WaitForDataAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            // Data that is there already needs no wait, so it takes precedence over a cancelled token.
            return HasData() ? ValueTask.CompletedTask : ValueTask.FromCanceled(cancellationToken);
        }

        if (Obstacle(_receiving, receives: true) is { } obstacle)
        {
            return ValueTask.FromException(obstacle);
        }

        var hasTurn = HasTurn;
        if (hasTurn && _input != Input.None)
        {
            // A receive without room for a byte completes when bytes are there.
            var received = _input == Input.Some ? default : Receive([]);
            if (received.Failure is { } errno)
            {
                return ValueTask.FromException(Lost("recv", errno));
            }

            if (!received.MustWait)
            {
                Received(0, 0);
                return ValueTask.CompletedTask;
            }
        }

        var call = Begin(CallKind.Wait, default, now: !hasTurn, cancellationToken);
        return new ValueTask(call, call.Version);
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (Obstacle(_sending) is { } obstacle)
        {
            return ValueTask.FromException(obstacle);
        }

        var hasTurn = HasTurn;
        if (hasTurn)
        {
            var sent = Send(buffer.Span);
            if (sent.Failure is { } errno)
            {
                return ValueTask.FromException(Lost("send", errno));
            }

            if (!sent.MustWait && Sent(sent.Count) == buffer.Length)
            {
                return ValueTask.CompletedTask;
            }

            buffer = buffer[Math.Max(0, sent.Count)..];
        }

        var call = Begin(CallKind.Send, buffer, now: !hasTurn, cancellationToken);
        return new ValueTask(call, call.Version);
    }

    /// <inheritdoc/>
    public override ConnectionStatus GetStatus()
    {
        var tcp = socket.Status();
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
    /// closing with unread input makes the system send RST, which may destroy the answer in flight.
    /// </remarks>
    public override ValueTask CloseAsync()
    {
        if (!TryShutDown())
        {
            return ValueTask.CompletedTask;
        }

        socket.EndSending();
        var left = _peerEnded ? 0 : Discard(MostDiscardedBytes);
        return left > 0 ? DiscardAsync(left) : ValueTask.CompletedTask;
    }

    /// <summary>Why a call is refused; null: it may be made.</summary>
    /// <param name="underWay">The call in the same direction that waits.</param>
    /// <param name="receives">Whether it receives.</param>
    private Exception? Obstacle(WaitingCall? underWay, bool receives = false) =>
        IsLost(receives) ? Lost("", Errno.EBADF)
        : underWay is not null ? new InvalidOperationException("a call in the same direction is still under way")
        : null;

    /// <summary>Whether no call can succeed any more: the socket is closed, or about to be.</summary>
    private bool IsLost(bool receives) => Broken is { } end && !(receives && ReceivesAfterReset && end == ConnectionEnd.Reset);

    private bool HasData()
    {
        Span<byte> first = stackalloc byte[1];
        return socket.Peek(first).Count > 0;
    }
}
