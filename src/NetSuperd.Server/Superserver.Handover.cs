using NetSuperd.Native;

namespace NetSuperd.Server;

/// <summary>Handing the sockets to a successor.</summary>
public sealed partial class Superserver
{
    /// <inheritdoc cref="SocketHandover.Copies()"/>
    public IEnumerable<(Descriptor Handle, string Name)> Sockets() => Started.Handover.Copies();

    /// <summary>How often a socket has been bound since the map was applied: after a failure, or in the place of another.</summary>
    public long Binds => Started.Sockets.Listeners.Sum(listener => listener.Binds);

    /// <inheritdoc cref="SocketHandover.CopiesWithChildrenAsync"/>
    public Task<IReadOnlyList<(Descriptor Handle, string Name)>> SocketsWithChildrenAsync() => Started.Handover.CopiesWithChildrenAsync();

    /// <summary>The restart has failed: closes what was kept open for the successor, and starts servers and children again.</summary>
    public void CancelHandover() => _started?.Handover.Cancel();

    /// <summary>The predecessor's sockets that are not in the map, for its <see cref="StopAcceptingAsync"/>.</summary>
    public IReadOnlyList<string> Dropped => Started.Sockets.Dropped;

    /// <summary>What a successor must know.</summary>
    public Handover CreateHandover() => Handover.Of(Started.Sockets, _tally, _gates);

    /// <summary>After a failed start: removes the socket paths that it created, except those that another process still serves.</summary>
    public void RemovePaths() => _started?.Sockets.Unlink();

    /// <summary>The successor serves from now on: accepts nothing more, and keeps the present connections.</summary>
    /// <param name="dropped">Its <see cref="Dropped"/>: clients that wait on them are served first.</param>
    public async Task StopAcceptingAsync(IReadOnlyCollection<string> dropped)
    {
        await CloseAsync().ConfigureAwait(false);
        await Started.Sockets.DropAsync(dropped).ConfigureAwait(false);

        // A connection that a handler still has may yet be passed to a service with children.
        await Started.Spawner.SettleAsync().ConfigureAwait(false);
        Started.Sockets.Dispose();
        Started.Handover.Complete();
    }

    /// <summary>
    /// Waits until the last connection and the last child have ended; handlers that have not after <c>restart_linger</c> are aborted, and
    /// children have all time. After <see cref="StopAcceptingAsync"/>.
    /// </summary>
    /// <param name="stop">Cuts it short: those that are left are asked to end and have the drain time.</param>
    /// <param name="now">Cuts that short as well.</param>
    public async Task LingerAsync(CancellationToken stop, CancellationToken now)
    {
        try
        {
            // The handlers come first: one may pass its connection to a service with children.
            await Task.WhenAll(
                _runner.LingerAsync(Map.Daemon.RestartLinger, stop), _workers.LingerAsync(Map.Daemon.RestartLinger, stop))
                .ConfigureAwait(false);
            await Started.Spawner.SettleAsync().WaitAsync(stop).ConfigureAwait(false);
            await Task.WhenAll(Started.Spawner.WhenEmptyAsync(), Started.Handover.WhenClosedAsync()).WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync(now).ConfigureAwait(false);
        }

        _tally.LogTotals();
    }
}
