using Microsoft.Extensions.Logging;
using NetSuperd.Server;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>
/// In a worker: ends the connections that have lasted too long. It looks at them as long as one has a time limit, and sleeps otherwise.
/// </summary>
/// <param name="runner">Has the connections.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerTimes(HandlerRunner runner, ILogger logger, TimeProvider time)
{
    private readonly Lock _lock = new();
    private TimeSpan? _shortest;
    private bool _looks;

    /// <summary>A connection with these limits has begun.</summary>
    public void Watch(in ConnectionTimes limits)
    {
        if (limits == default || limits.Shortest is not { } shortest)
        {
            return;
        }

        lock (_lock)
        {
            _shortest = _shortest < shortest ? _shortest : shortest;
            if (!_looks)
            {
                _looks = true;

                // It never faults, and ends with the last connection that has a limit.
                _ = Task.Run(LookAsync);
            }
        }
    }

    private async Task LookAsync()
    {
        while (true)
        {
            await Task.Delay(TimeLimits.PauseFor(_shortest), time).ConfigureAwait(false);
            lock (_lock)
            {
                try
                {
                    _looks = runner.TimeOut();
                    if (!_looks)
                    {
                        return;
                    }
                }
                catch (Exception failure)
                {
                    logger.LookFailed(failure);
                }
            }
        }
    }
}
