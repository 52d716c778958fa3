using NetSuperd.Platform;

namespace NetSuperd.Server.Serve;

/// <summary>How the calls of a handler wait: the loop watches the connection, and completes a call when the system is ready.</summary>
/// <remarks>
/// Overview. The loop reports each change once (EPOLLET), so each report is noted. A call notes that nothing is there before it asks the
/// system, and checks the note under the lock when it begins to wait; so it cannot miss what arrives in between. A short read of TCP has
/// taken everything (epoll(7), question 9) except the peer's end and urgent data, which are reported separately; a unix socket also ends a
/// read at passed descriptors. So a connection that waits for its client costs one system call for each message, and is watched from the
/// first call that waits.
/// <para>
/// A built-in serves its connection on the loop, which all connections of built-ins share: after some bytes or calls in a turn, its next
/// call completes in the next turn. A plugin never runs there; since one of its threads may be in a call at any time, everything that the
/// loop and calls share is under the lock.
/// </para>
/// </remarks>
internal sealed partial class SocketConnection : IWatcher, ILoopWork
{
    private const int NotWatched = -1;
    private const Events Watched = Events.Read | Events.End | Events.Urgent | Events.Edge;

    // What the loop reports at a failure.
    private const Events Failed = Events.Write | Events.End;

    private WaitingCall? _receiving;
    private WaitingCall? _sending;
    private WaitingCall? _discarding;
    private WaitingCall? _kept;
    private long _token = NotWatched;
    private bool _watchesSending;
    private bool _hasTurnComing;
    private bool _isOver;
    private bool _isConnectLate;

    /// <inheritdoc/>
    void IWatcher.Ready(Events events)
    {
        lock (record)
        {
            Note(events);

            // A call that receives is told by the system.
            if (_hearsReset && _receiving is null && (events & Failed) == Failed && socket.TakeFailure() is { } errno)
            {
                Lost("recv", errno);
            }

            if (_hasTurnComing)
            {
                return;
            }
        }

        ((ILoopWork)this).Run();
    }

    /// <summary>Notes what was reported, and nothing else: another thread may be noting what its own call has found.</summary>
    private void Note(Events events)
    {
        if ((events & Events.End) != 0)
        {
            _endHasCome = true;
        }

        if ((events & Events.Urgent) != 0)
        {
            _hasUrgent = true;
        }

        if ((events & Events.Write) != 0)
        {
            _canSend = true;
        }

        if ((events & Events.Read) != 0)
        {
            // Another thread may have taken the bytes meanwhile.
            _input = IsBuiltin ? Input.Some : Input.Unknown;
        }
    }

    /// <summary>Completes the waiting calls for which the system is ready.</summary>
    void ILoopWork.Run()
    {
        _spent = 0;
        WaitingCall? received, discarded, sent;
        lock (record)
        {
            _hasTurnComing = false;
            received = Advance(ref _receiving);
            discarded = Advance(ref _discarding);
            sent = Advance(ref _sending);
        }

        received?.Complete();
        discarded?.Complete();
        sent?.Complete();
    }

    /// <summary>
    /// Waits until the system has connected it to a server (connect(2), EINPROGRESS). The loop watches it from then on, once for all.
    /// </summary>
    /// <param name="longest">How long that may take.</param>
    /// <returns>Why it has failed; null: it is connected.</returns>
    public async ValueTask<Errno?> ConnectAsync(TimeSpan longest)
    {
        _canSend = false;
        var call = Begin(CallKind.Connect, default, now: false, CancellationToken.None);
        using var timer = time.CreateTimer(
            static connection => ((SocketConnection)connection!).GiveUpConnecting(), this, longest, Timeout.InfiniteTimeSpan);
        var errno = await new ValueTask<int>(call, call.Version).ConfigureAwait(false);
        return errno == 0 ? null : (Errno)errno;
    }

    private void GiveUpConnecting()
    {
        lock (record)
        {
            if (_sending is { Kind: CallKind.Connect })
            {
                // On the loop, which may have been told meanwhile that it is connected.
                _isConnectLate = true;
                TakeTurn();
            }
        }
    }

    /// <summary>Ends a call that still waits, because of its token.</summary>
    public void Cancel(WaitingCall call, CancellationToken token)
    {
        lock (record)
        {
            // The connection may have reused the object for another call since.
            ref var slot = ref SlotOf(call.Kind);
            if (slot != call || call.Token != token)
            {
                return;
            }

            slot = null;
            if (call.Kind == CallKind.Peek)
            {
                // Bytes may be there that it was not enough to know of.
                _input = Input.Unknown;
            }

            // Bytes are there: no wait.
            if (call.Kind != CallKind.Wait || !HasData())
            {
                call.Set(new OperationCanceledException(token));
            }
        }

        call.Complete();
    }

    /// <summary>Keeps the object of a call whose result has been taken.</summary>
    public void Keep(WaitingCall call) => _kept = call;

    /// <summary>Makes a call wait.</summary>
    /// <param name="kind">What it waits for.</param>
    /// <param name="buffer">The bytes.</param>
    /// <param name="now">Whether the system may be ready already: the next turn of the loop checks.</param>
    /// <param name="token">Ends the waiting.</param>
    private WaitingCall Begin(CallKind kind, ReadOnlyMemory<byte> buffer, bool now, CancellationToken token)
    {
        var call = Interlocked.Exchange(ref _kept, null) ?? new WaitingCall(this);

        // The connection itself reports the stop.
        call.Begin(kind, buffer, registers: token.CanBeCanceled && token != Stopping, token);
        bool waits;
        lock (record)
        {
            var isLost = _isOver || IsLost(receives: kind is CallKind.Receive or CallKind.Wait);
            waits = !isLost && !token.IsCancellationRequested;
            if (waits)
            {
                Watch(kind);
                SlotOf(kind) = call;
                if (now || (kind is CallKind.Send or CallKind.Connect ? _canSend : _input != Input.None))
                {
                    TakeTurn();
                }
            }
            else
            {
                call.Set(isLost ? Lost("recv", Errno.EBADF) : new OperationCanceledException(token));
            }
        }

        if (!waits)
        {
            call.Complete();
        }

        return call;
    }

    /// <summary>Makes the loop check the calls in its next turn. Under the lock.</summary>
    private void TakeTurn()
    {
        if (!_hasTurnComing)
        {
            _hasTurnComing = true;
            Loop.Post(this);
        }
    }

    private void Watch(CallKind kind)
    {
        var sends = _watchesSending || kind is CallKind.Send or CallKind.Connect;
        var events = sends ? Watched | Events.Write : Watched;
        if (_token == NotWatched)
        {
            _token = Loop.Watch(socket, this, events);
        }
        else if (sends != _watchesSending)
        {
            Loop.Change(socket, _token, events);
        }

        _watchesSending = sends;
    }

    /// <summary>Ends the waiting calls after the socket has been closed.</summary>
    private void EndCalls()
    {
        WaitingCall? received, discarded, sent;
        lock (record)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            (received, discarded, sent) = (_receiving, _discarding, _sending);
            (_receiving, _discarding, _sending) = (null, null, null);
        }

        if (_token != NotWatched)
        {
            Loop.Forget(_token);
        }

        Fail(received);
        Fail(discarded);
        Fail(sent);
    }

    private void Fail(WaitingCall? call)
    {
        if (call is not null)
        {
            call.Set(Lost("close", Errno.EBADF));
            call.Complete();
        }
    }

    /// <summary>Tries what a call waits for. Under the lock.</summary>
    /// <returns>The call where it is complete, and no longer waits.</returns>
    private WaitingCall? Advance(ref WaitingCall? slot)
    {
        if (slot is not { } call || !(call.Kind is CallKind.Send or CallKind.Connect ? TrySend(call) : TryReceive(call)))
        {
            return null;
        }

        slot = null;
        return call;
    }

    private ref WaitingCall? SlotOf(CallKind kind)
    {
        switch (kind)
        {
            case CallKind.Send or CallKind.Connect:
                return ref _sending;
            case CallKind.Discard:
                return ref _discarding;
            default:
                return ref _receiving;
        }
    }
}
