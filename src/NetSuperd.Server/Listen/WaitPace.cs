namespace NetSuperd.Server.Listen;

/// <summary>Holds back a service whose children wake it themselves: each of them would be followed by the next one, without end.</summary>
/// <remarks>
/// What a child has sent to its service looks like what a client has sent. But where nothing else comes, nothing arrives while no child
/// runs, and serving does not make the queue shorter. Such a service gets as many children a minute as inetd(8) starts before it switches
/// the service off. Not for several threads at once.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class WaitPace(TimeProvider time)
{
    /// <summary>How many children a minute are started without a look at the queue.</summary>
    public const int MostInMinute = 256;

    // For something that has come while no child ran: more than one, since the look costs more than the child of a busy service should
    // wait.
    private const double ForArrival = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1) / MostInMinute;

    private long _last = time.GetTimestamp();
    private double _left = MostInMinute;
    private long? _shortest;
    private bool _wasHeld;

    /// <summary>Whether the service is held back, or was within the last half of a minute.</summary>
    public bool IsHeld => _wasHeld && Left() < MostInMinute / 2;

    /// <summary>How long it takes until another child may be started, whatever the queue says.</summary>
    public TimeSpan Wait => Interval * Math.Max(0, 1 - Left());

    /// <summary>Whether another child may be started now.</summary>
    /// <param name="queued">How much waits on the sockets; only asked for where it matters.</param>
    public bool TryTake(Func<long> queued)
    {
        (_left, _last) = (Left(), time.GetTimestamp());
        if (_left >= 1)
        {
            _shortest = _left < MostInMinute ? _shortest : null;
            _left--;
            return true;
        }

        // Children that take more than they send come to an end.
        var now = queued();
        var isShorter = now < _shortest;
        _shortest = Math.Min(now, _shortest ?? long.MaxValue);
        return isShorter;
    }

    /// <summary>Something has come while no child ran.</summary>
    public void Arrived() => (_left, _last, _shortest) = (Left() + ForArrival, time.GetTimestamp(), null);

    /// <summary>Nothing has come meanwhile.</summary>
    /// <returns>Whether it is held back from now on.</returns>
    public bool Hold()
    {
        var begins = !IsHeld;
        _wasHeld = true;
        return begins;
    }

    private double Left() => Math.Min(MostInMinute, _left + (time.GetElapsedTime(_last) / Interval));
}
