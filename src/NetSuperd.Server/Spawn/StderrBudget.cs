using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>How many lines the children of a service may write to the log, all together. For the thread that reads them.</summary>
internal sealed class StderrBudget(string service, ILogger logger, TimeProvider time)
{
    /// <summary>Lines a second that are logged in the long run.</summary>
    public const int LinesPerSecond = 100;

    /// <summary>Lines that are logged at once: what a full pipe can hold.</summary>
    public const int Burst = 4096;

    private static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(1);

    private double _left = Burst;
    private long _asked = time.GetTimestamp();
    private long _dropped;
    private long? _said;

    /// <summary>Whether one more line may be logged; one that may not is counted.</summary>
    public bool Take()
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
        SayDropped();
        return true;
    }

    /// <summary>Tells how many lines were left out, where that was not told a moment ago.</summary>
    public void SayDropped(bool isLast = false)
    {
        if (_dropped > 0 && (isLast || _said is not { } said || time.GetElapsedTime(said) >= SayAgain))
        {
            logger.StderrDropped(service, _dropped, LinesPerSecond);
            _dropped = 0;
            _said = time.GetTimestamp();
        }
    }
}
