namespace NetSuperd.Server.Tally;

/// <summary>How many lines of one origin the log takes; further lines are counted. Thread-safe.</summary>
internal sealed class LineBudget(TimeProvider time)
{
    /// <summary>Lines a second that are logged in the long run.</summary>
    public const int LinesPerSecond = 100;

    /// <summary>Lines that are logged at once: what a full pipe can hold.</summary>
    public const int Burst = 4096;

    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private double _left = Burst;
    private long _asked = time.GetTimestamp();
    private long _dropped;
    private long? _told;

    /// <summary>Whether another line may be logged; a line that may not is counted.</summary>
    public bool Take()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(Burst, _left + (time.GetElapsedTime(_asked, now).TotalSeconds * LinesPerSecond));
            _asked = now;
            if (_left < 1)
            {
                _dropped++;
                return false;
            }

            _left--;
            return true;
        }
    }

    /// <summary>
    /// How many lines were left out and are to be reported now; 0 where none were, or where that was reported a moment ago.
    /// </summary>
    /// <param name="isLast">Whether this is the last chance to report them.</param>
    public long TakeDropped(bool isLast = false)
    {
        lock (_lock)
        {
            if (_dropped == 0 || (!isLast && _told is { } told && time.GetElapsedTime(told) < TellAgain))
            {
                return 0;
            }

            var dropped = _dropped;
            (_dropped, _told) = (0, time.GetTimestamp());
            return dropped;
        }
    }
}
