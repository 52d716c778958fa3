namespace NetSuperd.Server.Permit;

/// <summary>A token bucket that fills by the clock alone: nothing has to run for it. A new one is full.</summary>
/// <remarks>
/// Kept is the timestamp at which it will be full (the generic cell rate algorithm, ITU-T I.371): a token moves it one interval on, and
/// none is left where that would be further away than the bucket is deep. Not for several threads at once.
/// </remarks>
public struct TokenBucket
{
    private long _full;

    /// <summary>Takes tokens, if so many are there.</summary>
    public bool TryTake(Pace pace, long now, int count = 1)
    {
        if (Wait(pace, now, count) > 0)
        {
            return false;
        }

        Take(pace, now, count);
        return true;
    }

    /// <summary>Takes tokens, also such as are not there yet: the next ones come later by that.</summary>
    public void Take(Pace pace, long now, int count = 1) => _full = Math.Max(_full, now) + (pace.Interval * count);

    /// <summary>Gives back tokens that were taken.</summary>
    public void GiveBack(Pace pace, int count = 1) => _full -= pace.Interval * count;

    /// <summary>How long it takes until so many tokens are there; 0 where they are.</summary>
    public readonly long Wait(Pace pace, long now, int count = 1) =>
        Math.Max(0, Math.Max(_full, now) + (pace.Interval * count) - pace.Capacity - now);

    /// <summary>The tokens that are there.</summary>
    public readonly long Tokens(Pace pace, long now) => Math.Max(0, pace.Capacity - Math.Max(0, _full - now)) / pace.Interval;

    /// <summary>How far it is from being full; 0: a new one would be the same.</summary>
    public readonly long Missing(long now) => Math.Max(0, _full - now);

    /// <summary>Another rate holds: no more may be missing than there is room for.</summary>
    public void Apply(Pace pace, long now) => _full = Math.Min(_full, now + pace.Capacity);
}
