using NetSuperd.Logging;

namespace NetSuperd.Hosting;

/// <content>Maintenance once a second, and reports to the service manager.</content>
internal sealed partial class Daemon
{
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _maintaining = new();
    private Task _maintained = Task.CompletedTask;
    private bool _isAnnounced;
    private bool _isStored;
    private long _storedBinds;

    /// <summary>Reports to the service manager that the daemon serves, and gives it the sockets to keep.</summary>
    private void Announce()
    {
        _isAnnounced = true;
        Store();
        manager.Ready(Summary);
    }

    private void Store() => (_storedBinds, _isStored) = (server.Binds, manager.Keep(server.Sockets(), logger));

    /// <summary>
    /// Checks what no event reports, and sends the watchdog's keep-alive once the event loops have answered: it shows that they, the thread
    /// pool and the timers work.
    /// </summary>
    private async Task MaintainAsync(CancellationToken stopping)
    {
        var interval = manager.WatchdogInterval is { } most && most < MaintenanceInterval ? most : MaintenanceInterval;
        using var timer = new PeriodicTimer(interval);
        try
        {
            await MaintainOnceAsync(stopping);
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (!_isAnnounced)
                {
                    // The predecessor has named the new main process by now; until then the service manager ignores messages of other
                    // processes.
                    Announce();
                }

                if (!_isStored || _storedBinds != server.Binds)
                {
                    Store();
                }

                await MaintainOnceAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>A check that fails is repeated a second later.</summary>
    private async Task MaintainOnceAsync(CancellationToken stopping)
    {
        try
        {
            await server.TurnAsync().WaitAsync(stopping);
            manager.KeepAlive();
            if (!Predecessors.IsEmpty && await Predecessors.ConnectionsAsync() is (true, var before))
            {
                server.CountElsewhere(before);
            }

            await server.MaintainAsync();
            _control?.EnsurePresent();
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            logger.TendFailed(failure);
        }
    }
}
