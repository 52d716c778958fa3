namespace NetSuperd.Server.Permit;

/// <summary>A token bucket that fills by the clock alone: nothing has to run for it. A new one is full.</summary>
/// <remarks>
/// Kept is the timestamp at which it will be full (the generic cell rate algorithm, ITU-T I.371): a token moves it one interval on, and
/// none is left where that would be further away than the bucket is deep. Not for several threads at once.
/// </remarks>
internal struct TokenBucket
{
    private long _full;

    /// <summary>Takes tokens, if so many are there.</summary>
    public bool TryTake(Pace pace, long now, int count = 1)
    {
        var full = Math.Max(_full, now) + (pace.Interval * count);
        if (full - now > pace.Capacity)
        {
            return false;
        }

        _full = full;
        return true;
    }

    /// <summary>Takes a token that is not there yet.</summary>
    public void TakeAhead(Pace pace, long now) => _full = Math.Max(_full, now) + pace.Interval;

    /// <summary>Gives back tokens that were taken.</summary>
    public void GiveBack(Pace pace, int count = 1) => _full -= pace.Interval * count;

    /// <summary>How long it takes until a token is there; 0 where one is.</summary>
    public readonly long Wait(Pace pace, long now) => Math.Max(0, Math.Max(_full, now) + pace.Interval - pace.Capacity - now);

    /// <summary>The tokens that are there.</summary>
    public readonly long Tokens(Pace pace, long now) => Math.Max(0, pace.Capacity - Math.Max(0, _full - now)) / pace.Interval;

    /// <summary>How far it is from being full; 0: a new one would be the same.</summary>
    public readonly long Missing(long now) => Math.Max(0, _full - now);

    /// <summary>Another rate holds: no more may be missing than there is room for.</summary>
    public void Fit(Pace pace, long now) => _full = Math.Min(_full, now + pace.Capacity);
}
