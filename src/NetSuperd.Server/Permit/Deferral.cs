using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>Notes that clients of a service wait at a limit, and logs when that begins and ends, but not for each client.</summary>
internal sealed class Deferral(string service, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private volatile string? _reason;
    private int _waiting;
    private long _logged;
    private bool _isLogged;
    private long _leftOut;

    /// <summary>The word of the limit; null where no client waits.</summary>
    public string? Reason => Volatile.Read(ref _waiting) > 0 ? _reason : null;

    /// <summary>A listener begins to wait, and its clients with it.</summary>
    public void Begin(string reason)
    {
        lock (_lock)
        {
            if (_reason is null)
            {
                _isLogged = _logged == 0 || time.GetElapsedTime(_logged) >= Quiet;
                if (_isLogged)
                {
                    logger.LimitReached(service, reason, _leftOut);
                    (_logged, _leftOut) = (time.GetTimestamp(), 0);
                }
                else
                {
                    _leftOut++;
                }
            }

            _reason = reason;
            Interlocked.Increment(ref _waiting);
        }
    }

    /// <summary>A listener no longer waits: it asks again, or has been stopped.</summary>
    public void Leave() => Interlocked.Decrement(ref _waiting);

    /// <summary>A client was admitted without waiting, or clients may no longer wait.</summary>
    public void End()
    {
        if (_reason is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_reason is not null && _isLogged)
            {
                logger.LimitOver(service);
            }

            _reason = null;
        }
    }
}
