namespace NetSuperd.Linux.Listen;

/// <summary>Limits a service whose children wake it themselves: each child would be followed by the next one, without end.</summary>
/// <remarks>
/// A message of a child to its own service looks like a client's. But without clients nothing arrives while no child runs, and serving does
/// not shorten the queue. Such a service gets as many children a minute as inetd(8) starts before it switches the service off. Not
/// thread-safe.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class WaitPace(TimeProvider time)
{
    /// <summary>How many children a minute are started without checking the queue.</summary>
    public const int MostInMinute = 256;

    // The credit for an arrival while no child ran: more than one child, since the check costs more time than the child of a busy service
    // should wait.
    private const double ForArrival = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1) / MostInMinute;

    private long _last = time.GetTimestamp();
    private double _left = MostInMinute;
    private long? _shortest;
    private bool _wasHeld;

    /// <summary>Whether the service is limited, or was within the last half minute.</summary>
    public bool IsHeld => _wasHeld && Left() < MostInMinute / 2;

    /// <summary>How long until another child may be started in any case.</summary>
    public TimeSpan Wait => Interval * Math.Max(0, 1 - Left());

    /// <summary>Whether another child may be started now.</summary>
    /// <param name="queued">How much waits on the sockets; only evaluated where it matters.</param>
    public bool TryTake(Func<long> queued)
    {
        (_left, _last) = (Left(), time.GetTimestamp());
        if (_left >= 1)
        {
            _shortest = _left < MostInMinute ? _shortest : null;
            _left--;
            return true;
        }

        // Children that read more than they send end by themselves.
        var now = queued();
        var isShorter = now < _shortest;
        _shortest = Math.Min(now, _shortest ?? long.MaxValue);
        return isShorter;
    }

    /// <summary>Notes an arrival while no child ran.</summary>
    public void Arrived() => (_left, _last, _shortest) = (Left() + ForArrival, time.GetTimestamp(), null);

    /// <summary>Notes that nothing has arrived meanwhile.</summary>
    /// <returns>Whether the service is limited from now on.</returns>
    public bool Hold()
    {
        var begins = !IsHeld;
        _wasHeld = true;
        return begins;
    }

    private double Left() => Math.Min(MostInMinute, _left + (time.GetElapsedTime(_last) / Interval));
}
