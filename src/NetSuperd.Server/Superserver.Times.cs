using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>How long connections and children may last: one look at all of them every now and then, so that none needs a timer.</summary>
public sealed partial class Superserver
{
    // A connection ends a tenth of its time late at most.
    private const int LooksPerTime = 10;
    private static readonly TimeSpan LeastLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostLook = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _looking = new();
    private TimeSpan? _shortestTime;
    private Task _looks = Task.CompletedTask;

    /// <summary>Looks as often as the map asks for. What began with a map before has its times still.</summary>
    private void WatchTimes(Map map)
    {
        var shortest = map.Services.Min(service => service.Admission.ShortestTime);
        _shortestTime = _shortestTime < shortest || shortest is null ? _shortestTime : shortest;
        if (_shortestTime is not null && _looks.IsCompleted)
        {
            _looks = Task.Run(() => LookAsync(_looking.Token));
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var pause = (_shortestTime / LooksPerTime).GetValueOrDefault(MostLook);
            await Task.Delay(pause < LeastLook ? LeastLook : pause > MostLook ? MostLook : pause, _time, stopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                _runner.TimeOut();
                _spawner!.TimeOut();
            }
            catch (Exception failure)
            {
                _logger.LookFailed(failure);
            }
        }
    }
}
