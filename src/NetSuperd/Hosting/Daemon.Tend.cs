using NetSuperd.Logging;

namespace NetSuperd.Hosting;

/// <content>What is looked after every second, and what the service manager hears.</content>
internal sealed partial class Daemon
{
    private static readonly TimeSpan TendInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _tending = new();
    private Task _tended = Task.CompletedTask;
    private bool _isAnnounced;
    private bool _isStored;

    /// <summary>Tells the service manager that the daemon serves, and gives it the sockets to keep.</summary>
    private void Announce()
    {
        _isAnnounced = true;
        Store();
        manager.Ready(Summary);
    }

    private void Store() => _isStored = manager.Keep(server.Sockets(), logger);

    /// <summary>Looks after what no event reports, and tells the service manager that pool, watches and timers are alive.</summary>
    private async Task TendAsync(CancellationToken stopping)
    {
        var interval = manager.WatchdogInterval is { } most && most < TendInterval ? most : TendInterval;
        using var timer = new PeriodicTimer(interval);
        try
        {
            await TendOnceAsync();
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (!_isAnnounced)
                {
                    // The process before this one has named the new main process by now; until then the service manager listens to no
                    // other.
                    Announce();
                }

                if (!_isStored)
                {
                    Store();
                }

                await TendOnceAsync();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>What goes wrong with one look is tried again at the next.</summary>
    private async Task TendOnceAsync()
    {
        try
        {
            manager.Beat();
            if (!Predecessors.IsEmpty && await Predecessors.ConnectionsAsync() is (true, var before))
            {
                server.CountElsewhere(before);
            }

            await server.TendAsync();
            _control?.EnsurePresent();
        }
        catch (Exception failure)
        {
            logger.TendFailed(failure);
        }
    }
}
