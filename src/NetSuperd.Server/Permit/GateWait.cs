namespace NetSuperd.Server.Permit;

/// <summary>Clients that wait in front of the gates of a service, on one listener.</summary>
internal interface IGateQueue
{
    /// <summary>How many wait behind the first one; null: the system does not report it.</summary>
    int? Behind { get; }

    /// <summary>Whether no client waits.</summary>
    bool IsEmpty { get; }

    /// <summary>Wakes the queue: a connection may be free, or a token. Called on any thread, and under the lock of the gates.</summary>
    void Wake();
}

/// <summary>
/// The wait of a queue at a limit, from <see cref="Register"/> to <see cref="End"/>, again and again. The queue is woken once each time.
/// </summary>
/// <remarks>Everything but <see cref="Wake"/> is for one thread at a time.</remarks>
/// <param name="queue">What waits.</param>
internal sealed class GateWait(IGateQueue queue) : IDisposable
{
    private Deferral? _deferral;
    private ConnectionCount? _count;
    private ITimer? _timer;
    private int _isAsleep;
    private string? _reason;
    private long _since;
    private bool _hasWaited;

    /// <summary>What waits.</summary>
    public IGateQueue Queue => queue;

    /// <summary>Whether it has begun and not ended.</summary>
    public bool HasBegun => _deferral is not null;

    /// <summary>For how long there has always been a client that waits at a limit, in the units of the clock.</summary>
    public long Lasting(string reason, TimeProvider time) => _reason == reason ? time.GetTimestamp() - _since : 0;

    /// <summary>Wakes the queue at the next change of the count. Under its lock.</summary>
    public void Register(ConnectionCount count)
    {
        _count = count;
        Volatile.Write(ref _isAsleep, 1);
    }

    /// <summary>Notes that the queue waits. Not under the lock: it may write to the log.</summary>
    /// <param name="deferral">Where it is counted.</param>
    /// <param name="reason">The word of the limit.</param>
    /// <param name="time">The clock.</param>
    public void Begin(Deferral deferral, string reason, TimeProvider time)
    {
        deferral.Begin(reason);
        (_deferral, _hasWaited) = (deferral, true);
        if (_reason != reason)
        {
            (_reason, _since) = (reason, time.GetTimestamp());
        }
    }

    /// <summary>Notes that a client came in.</summary>
    public void Enter()
    {
        if (!_hasWaited)
        {
            _reason = null;
        }

        _hasWaited = false;
    }

    /// <summary>Notes that no client waits.</summary>
    public void Empty() => _reason = null;

    /// <summary>Also wakes the queue after a time.</summary>
    public void WakeIn(TimeSpan pause, TimeProvider time) =>
        _timer = time.CreateTimer(static wait => ((GateWait)wait!).Wake(), this, pause, Timeout.InfiniteTimeSpan);

    /// <summary>Wakes the queue, once.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isAsleep, 0) == 1)
        {
            queue.Wake();
        }
    }

    /// <summary>Ends the wait: the queue asks again, or its listener has stopped.</summary>
    public void End()
    {
        Volatile.Write(ref _isAsleep, 0);
        _timer?.Dispose();
        _count?.Remove(this);
        _deferral?.Leave();
        (_deferral, _count, _timer) = (null, null, null);
    }

    /// <inheritdoc/>
    public void Dispose() => End();
}
