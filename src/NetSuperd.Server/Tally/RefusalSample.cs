using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// Chooses the refusals of a service that the log names one by one: the first ten of a second. The others are logged as a number, so that a
/// flood of refusals is no flood of lines.
/// </summary>
internal sealed class RefusalSample(string service, ILogger logger, TimeProvider time)
{
    private const int MostNamed = 10;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _began;
    private int _named;
    private long _leftOut;
    private string _reason = "";

    /// <summary>Whether the log names this one.</summary>
    public bool Names(string reason)
    {
        lock (_lock)
        {
            TellLeftOut();
            if (_named == 0)
            {
                _began = time.GetTimestamp();
            }

            if (_named < MostNamed)
            {
                _named++;
                return true;
            }

            _leftOut++;
            _reason = reason;
            return false;
        }
    }

    /// <summary>Logs how many were left out, when their second is over. To be called regularly.</summary>
    public void TellLeftOut()
    {
        lock (_lock)
        {
            var elapsed = time.GetElapsedTime(_began);
            if (_named == 0 || elapsed < Window)
            {
                return;
            }

            if (_leftOut > 0)
            {
                logger.RefusalsLeftOut(service, _leftOut, elapsed.TotalSeconds, _reason);
            }

            (_named, _leftOut) = (0, 0);
        }
    }
}
