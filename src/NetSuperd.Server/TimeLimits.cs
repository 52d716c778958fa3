using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// Ends the connections and children that have lasted too long: looks at all of them every now and then, so that none needs a timer.
/// </summary>
/// <param name="runner">Has the connections.</param>
/// <param name="processes">Ends the children.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class TimeLimits(HandlerRunner runner, IProcesses processes, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    // A connection ends a tenth of its time late at most.
    private const int LooksPerTime = 10;
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private TimeSpan? _shortest;
    private Task _checks = Task.CompletedTask;

    /// <summary>The time between two looks.</summary>
    public TimeSpan Pause => PauseFor(_shortest);

    /// <summary>The time between two looks where this is the shortest limit; null: there is none.</summary>
    public static TimeSpan PauseFor(TimeSpan? shortest) => TimeSpan.FromTicks(
        Math.Clamp((shortest / LooksPerTime).GetValueOrDefault(MostPause).Ticks, LeastPause.Ticks, MostPause.Ticks));

    /// <summary>
    /// Looks as often as a map asks for from now on. What began with an earlier map keeps the times of that, so the pause never grows.
    /// </summary>
    public void Watch(Map map)
    {
        var shortest = map.Services.Min(service => service.Admission.ShortestTime);
        _shortest = _shortest < shortest || shortest is null ? _shortest : shortest;
        if (_shortest is not null && _checks.IsCompleted)
        {
            _checks = Task.Run(CheckAsync);
        }
    }

    /// <summary>Ends the checks.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _checks.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task CheckAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(Pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                runner.TimeOut();
                processes.TimeOut();
            }
            catch (Exception failure)
            {
                logger.LookFailed(failure);
            }
        }
    }
}
