using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>How a connection ends: in order, by an abort, by a time limit, by its peer.</summary>
internal sealed partial class SocketConnection
{
    private const int MostDiscardedBytes = 64 * 1024;
    private static readonly TimeSpan LongestDiscard = TimeSpan.FromSeconds(2);

    private Task _closedCallbacks = Task.CompletedTask;
    private Task _stoppingCallbacks = Task.CompletedTask;
    private bool _isEndClaimed;
    private bool _hearsReset;

    /// <summary>
    /// CLOSE by the runner, which disposes the connection next. Where the peer has ended its transmission, close(2) does all that
    /// shutdown(2) would.
    /// </summary>
    public ValueTask FinishAsync() => _peerEnded ? ValueTask.CompletedTask : CloseAsync();

    /// <inheritdoc/>
    public override void Abort() => End(ConnectionEnd.Aborted);

    /// <inheritdoc/>
    internal override void Lose() => End(ConnectionEnd.Reset);

    /// <inheritdoc/>
    internal override ValueTask EndSendingAsync()
    {
        socket.EndSending();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    internal override int Unsent => socket.Unsent;

    /// <inheritdoc/>
    internal override void HearReset()
    {
        lock (record)
        {
            _hearsReset = true;
            if (_token == NotWatched && Broken is null && !_isOver)
            {
                Watch(CallKind.Wait);
            }
        }
    }

    /// <inheritdoc/>
    public StreamSocket? GiveAway()
    {
        lock (record)
        {
            if (IsGivenAway)
            {
                throw new InvalidOperationException("the connection has been passed to a service already");
            }

            if (_receiving is not null || _sending is not null || _discarding is not null)
            {
                throw new InvalidOperationException("a call on the connection is still under way");
            }

            if (_shutDown || Broken is not null)
            {
                return null;
            }

            (IsGivenAway, _isOver, Broken) = (true, true, ConnectionEnd.Closed);
            _closedCallbacks = _closed?.CancelAsync() ?? Task.CompletedTask;
        }

        if (_token != NotWatched)
        {
            Loop.Forget(socket, _token);
        }

        return socket;
    }

    /// <summary>Whether the caller is the first that wants to close the record, which is closed once only.</summary>
    public bool ClaimEnd() => !Interlocked.Exchange(ref _isEndClaimed, true);

    /// <summary>Whether it has a time limit.</summary>
    public bool HasTimes => admission is { HasTimes: true };

    /// <summary>The key of the time limit that it has exceeded; null while it has exceeded none.</summary>
    public string? TimeOver() =>
        Broken is not null ? null : admission?.ExceededTime(time.GetElapsedTime(record.Started), record.BytesReceived > 0, Idle);

    /// <summary>Ends it because of a time limit. Sent data is not discarded: the peer sees the end of transmission.</summary>
    internal override void TimeOut(string key)
    {
        if (Break(ConnectionEnd.TimedOut, key))
        {
            HangUp(socket);
            EndCalls();
        }
    }

    /// <summary>CLOSE of a connection without a handler, at once: received data is discarded first, lest closing sends RST.</summary>
    public static void HangUp(StreamSocket socket)
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (var discarded = 0; discarded < MostDiscardedBytes && socket.Receive(buffer) is { Count: > 0 and var count };)
        {
            discarded += count;
        }

        socket.EndSending();
        socket.Dispose();
    }

    /// <summary>Asks the handler to end. Its registered callbacks run on threads of the pool, and harm only its own connection.</summary>
    public void Stop()
    {
        _stoppingCallbacks = _stopping?.CancelAsync() ?? Task.CompletedTask;
        End(CallKind.Receive);
        End(CallKind.Send);

        void End(CallKind kind)
        {
            WaitingCall? call;
            lock (record)
            {
                call = SlotOf(kind);
            }

            if (call is not null)
            {
                Cancel(call, Stopping);
            }
        }
    }

    /// <summary>Closes the socket, and waits for the callbacks that the handler registered with its tokens.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!IsGivenAway)
        {
            socket.Dispose();
        }

        EndCalls();
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

    /// <summary>Discards received data.</summary>
    /// <param name="most">At most so many bytes.</param>
    /// <returns>How many bytes may still be discarded; 0 where no more will come.</returns>
    private int Discard(int most)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (most > 0)
        {
            var received = Receive(buffer);
            if (received.MustWait)
            {
                break;
            }

            _peerEnded |= received.Count == 0;
            most = received.Count <= 0 ? 0 : Math.Max(0, most - received.Count);
        }

        return most;
    }

    private async ValueTask DiscardAsync(int left)
    {
        using var limit = new CancellationTokenSource(LongestDiscard, time);
        try
        {
            while (left > 0)
            {
                var call = Begin(CallKind.Discard, default, now: false, limit.Token);
                await new ValueTask(call, call.Version).ConfigureAwait(false);
                left = Discard(left);
            }
        }
        catch (Exception over) when (over is ConnectionClosedException or OperationCanceledException)
        {
            // A reset by the peer, an abort and the end of the time all end the discarding.
        }
    }

    /// <summary>How long no data has passed in either direction, as far as a time limit or an operator has to know.</summary>
    public TimeSpan Idle()
    {
        // The handler may not have been told yet, for example because a large send is under way; the system knows.
        var own = time.GetElapsedTime(Volatile.Read(ref _lastProgress));
        return own > (admission?.IdleTimeout ?? TimeSpan.Zero) && socket.Status() is { Idle: var idle } && idle < own ? idle : own;
    }

    private void End(ConnectionEnd end)
    {
        if (Break(end))
        {
            socket.Reset();
            EndCalls();
        }
    }

    private bool TryShutDown()
    {
        lock (record)
        {
            return !_shutDown && Broken is null && (_shutDown = true);
        }
    }

    /// <summary>Notes the first reason why the connection broke, and fires <see cref="Closed"/>.</summary>
    private bool Break(ConnectionEnd end, string? timedOutBy = null)
    {
        lock (record)
        {
            if (Broken is not null)
            {
                return false;
            }

            (Broken, record.TimedOutBy) = (end, timedOutBy);
            _closedCallbacks = _closed?.CancelAsync() ?? Task.CompletedTask;
            return true;
        }
    }

    /// <summary>What a handler sees of a failed call: one exception, whichever way the connection was lost.</summary>
    private ConnectionClosedException Lost(string call, Errno errno)
    {
        // After the own shutdown a failed send is the handler's mistake and not the peer's reset.
        if (errno != Errno.EBADF && !_shutDown)
        {
            Break(ConnectionEnd.Reset);
        }

        return new ConnectionClosedException(
            Broken switch
            {
                ConnectionEnd.Reset => $"the peer ended the connection: {errno.Reason()}",
                ConnectionEnd.Aborted => "the connection was aborted",
                ConnectionEnd.TimedOut => $"the connection was ended by {record.TimedOutBy}",
                _ => "the connection is closed",
            },
            new CallException(call, $"connection {Id}", errno));
    }
}
