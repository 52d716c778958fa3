using System.Runtime.InteropServices;

namespace NetSuperd.Server;

/// <summary>Handing the sockets to a successor.</summary>
public sealed partial class Superserver
{
    private ISocketHandover Handing =>
        Started.Handover ?? throw new InvalidOperationException("this system cannot give sockets to another process");

    /// <inheritdoc cref="ISocketHandover.Copies()"/>
    public IEnumerable<(SafeHandle Handle, string Name)> Sockets() => Started.Handover?.Copies() ?? [];

    /// <summary>How often a socket has been bound since the map was applied: after a failure, or in the place of another.</summary>
    public long Binds => Started.Sockets.Listeners.Sum(listener => listener.Binds);

    /// <inheritdoc cref="ISocketHandover.CopiesWithChildrenAsync"/>
    /// <exception cref="InvalidOperationException">The system cannot give sockets to another process.</exception>
    public Task<IReadOnlyList<(SafeHandle Handle, string Name)>> SocketsWithChildrenAsync() => Handing.CopiesWithChildrenAsync();

    /// <summary>The restart has failed: closes what was kept open for the successor, and starts servers and children again.</summary>
    public void CancelHandover() => _started?.Handover?.Cancel();

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
        await _processes.SettleAsync().ConfigureAwait(false);
        Started.Sockets.Dispose();
        Handing.Complete();
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
                _runner.LingerAsync(Map.Daemon.RestartLinger, stop), _processes.LingerAsync(Map.Daemon.RestartLinger, stop))
                .ConfigureAwait(false);
            await _processes.SettleAsync().WaitAsync(stop).ConfigureAwait(false);
            await Task.WhenAll(_processes.WhenEmptyAsync(withChildren: true), Handing.WhenClosedAsync()).WaitAsync(stop)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync(now).ConfigureAwait(false);
        }

        _tally.LogTotals();
    }
}
