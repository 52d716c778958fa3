namespace NetSuperd.Server.Tally;

/// <summary>How many lines of one origin the log takes: those beyond are counted. For several threads at once.</summary>
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

    /// <summary>Whether one more line may be logged; one that may not is counted.</summary>
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
    /// How many lines were left out and are to be told of now; 0 where there are none, or where that was told a moment ago.
    /// </summary>
    /// <param name="isLast">Whether they are told of now or never.</param>
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
