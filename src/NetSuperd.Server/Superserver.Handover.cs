using NetSuperd.Native;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server;

/// <summary>Another process goes on with the sockets, and this one with what it has.</summary>
public sealed partial class Superserver
{
    /// <summary>The sockets, to be kept or passed to a process that goes on with them.</summary>
    /// <param name="withChildren">Whether the processes that have one of them belong to it.</param>
    /// <returns>Copies of the descriptors in order with their names, to be disposed.</returns>
    /// <exception cref="LibcException">No descriptors are left.</exception>
    public IReadOnlyList<(Descriptor Handle, string Name)> Sockets(bool withChildren)
    {
        var sockets = _sockets!.Listeners.SelectMany(listener => listener.Sockets).ToList();
        var handles = sockets.Select(socket => (socket.Ask(open => Descriptor.Duplicate(open.SafeHandle)), NameOf(socket.Place))).ToList();
        var children = _spawner!.Children.ToList();
        for (var i = 0; withChildren && i < sockets.Count; i++)
        {
            // A child of this process, or one that came with the socket from the process before.
            var end = children.Find(child => child.Job.Sockets.Any(given => given.Socket == sockets[i].Socket.SafeHandle)) is { Process: { } process }
                ? ProcessHandle.Open(process.Pid)?.End
                : sockets[i].HolderEnd();
            if (end is not null)
            {
                handles.Add((end, Inheritance.RestName(i)));
            }
        }

        if (withChildren)
        {
            // It ends when this process lets go of the sockets, or ends itself.
            _release?.Dispose();
            _release = Pipe.Create();
            handles.Add((Descriptor.Duplicate(_release.Reader), Inheritance.ReleaseName));
        }

        return handles;

        // By its name the next process finds again what a service manager has passed by name.
        string NameOf(SocketPlace place) => withChildren && place.IsNamed ? place.Port.Name : Inheritance.StoreName(place);
    }

    /// <summary>What a process that goes on with the sockets has to know.</summary>
    public Handover HandOver() => new(Environment.ProcessId, _tally.LastId + Handover.Gap, [.. _sockets!.Paused], _gate.Live());

    /// <summary>Removes the paths that a start has made which fails for another reason, and none that another process goes on with.</summary>
    public void TakeBack() => _sockets?.Unlink();

    /// <summary>Another process serves from now on: accepts nothing more, and keeps what it has.</summary>
    public async Task ReleaseAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await _spawner!.FinishAsync().ConfigureAwait(false);
        _sockets!.Dispose();
        _release?.Dispose();
    }

    /// <summary>
    /// Waits until the last connection and the last child have ended; handlers that have not after <c>restart_linger</c> are aborted, and children
    /// have all time. After <see cref="ReleaseAsync"/>.
    /// </summary>
    /// <param name="stop">Cuts it short: those that are left are asked to end and have the drain time.</param>
    /// <param name="now">Cuts that short as well.</param>
    public async Task LingerAsync(CancellationToken stop, CancellationToken now)
    {
        try
        {
            await Task.WhenAll(
                _runner.LingerAsync(Map.Daemon.RestartLinger, stop), _spawner!.WhenEmptyAsync().WaitAsync(stop)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync(now).ConfigureAwait(false);
        }

        _tally.Sum();
    }
}
