using NetSuperd.Native;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server;

/// <summary>Another process goes on with the sockets, and this one with what it has.</summary>
public sealed partial class Superserver
{
    // What the next process waits for: each ends when this one lets go, or ends itself.
    private readonly List<(BoundSocket Socket, Pipe Pipe)> _rests = [];
    private Pipe? _release;

    /// <summary>Copies of the listening sockets with their names, each made when its turn comes: a caller that disposes of one before the next needs one descriptor.</summary>
    /// <exception cref="LibcException">No descriptor is left.</exception>
    public IEnumerable<(Descriptor Handle, string Name)> Sockets() =>
        Copies(_sockets!.Listeners.SelectMany(listener => listener.Sockets), socket => Inheritance.StoreName(socket.Place));

    /// <summary>The sockets for a process that goes on with them, with the processes that have one of them.</summary>
    /// <returns>Copies of the descriptors in order with their names, to be disposed.</returns>
    /// <exception cref="LibcException">No descriptors are left; nothing is left open then.</exception>
    public IReadOnlyList<(Descriptor Handle, string Name)> SocketsWithChildren()
    {
        GoOn();
        var handles = new List<(Descriptor Handle, string Name)>();
        try
        {
            var sockets = _sockets!.Listeners.SelectMany(listener => listener.Sockets.Select(socket => (Socket: socket, listener.Assignment.IsShared)))
                .Concat(_sockets.Ending.Select(ending => (ending.Socket, IsShared: true))).ToList();

            // By its name the next process finds again what a service manager has passed by name.
            handles.AddRange(Copies(sockets.Select(pair => pair.Socket), socket => socket.Place.IsNamed ? socket.Place.Port.Name : Inheritance.StoreName(socket.Place)));
            _release = Pipe.Create();
            handles.Add((Descriptor.Duplicate(_release.Reader), Inheritance.ReleaseName));
            for (var i = 0; i < sockets.Count; i++)
            {
                AddRest(handles, sockets[i].Socket, sockets[i].IsShared, Inheritance.RestName(i));
            }

            return handles;
        }
        catch
        {
            handles.ForEach(copy => copy.Handle.Dispose());
            GoOn();
            throw;
        }
    }

    /// <summary>No other process goes on with the sockets: what was kept open for one is closed.</summary>
    public void GoOn() => Release();

    /// <summary>The sockets of the process before this one that no entry of the map is for, for its <see cref="ReleaseAsync"/>.</summary>
    public IReadOnlyList<string> Dropped => _sockets!.Dropped;

    /// <summary>What a process that goes on with the sockets has to know.</summary>
    public Handover HandOver() => new(Environment.ProcessId, _tally.LastId + Handover.Gap, [.. _sockets!.Paused], _gate.Live())
    {
        Children = _sockets.Listeners.SelectMany(listener => listener.Sockets).Concat(_sockets.Ending.Select(ending => ending.Socket))
            .Where(socket => socket.Holder is { Ended.IsCompleted: false, Definition: not null })
            .ToDictionary(socket => socket.Place.Id, socket => socket.Holder!.Definition!),
    };

    /// <summary>Removes the paths that a start has made which fails for another reason, and none that another process goes on with.</summary>
    public void TakeBack() => _sockets?.Unlink();

    /// <summary>Another process serves from now on: accepts nothing more, and keeps what it has.</summary>
    /// <param name="dropped">Its <see cref="Dropped"/>: who waits there is served first.</param>
    public async Task ReleaseAsync(IReadOnlyCollection<string> dropped)
    {
        await CloseAsync().ConfigureAwait(false);
        await _sockets!.DropAsync(dropped).ConfigureAwait(false);
        await _spawner!.FinishAsync().ConfigureAwait(false);
        _sockets.Dispose();
        Release();
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

    private static IEnumerable<(Descriptor Handle, string Name)> Copies(IEnumerable<BoundSocket> sockets, Func<BoundSocket, string> name) =>
        sockets.Select(socket => (socket.Copy(), name(socket)));

    /// <summary>What the next process waits for before it accepts on a socket: the processes that have it.</summary>
    private void AddRest(List<(Descriptor Handle, string Name)> handles, BoundSocket socket, bool isShared, string name)
    {
        if (ChildWith(socket) is { } child && ProcessHandle.Open(child.Pid) is { } process)
        {
            handles.Add((process.End, name));
        }

        foreach (var other in socket.Others())
        {
            handles.Add((other, name));
        }

        if (isShared)
        {
            // A child that this process starts until it lets go of the socket: it has no descriptor yet.
            var rest = Pipe.Create();
            _rests.Add((socket, rest));
            handles.Add((Descriptor.Duplicate(rest.Reader), name));
        }
    }

    /// <summary>The child of this process that has a socket.</summary>
    private ChildProcess? ChildWith(BoundSocket socket) =>
        _spawner!.Children.FirstOrDefault(child => child.Job.Sockets.Any(given => given.Socket == socket.Socket.SafeHandle)).Process;

    /// <summary>Lets go of the sockets, and of one that a child has when the child has ended.</summary>
    private void Release()
    {
        _release?.Dispose();
        _release = null;
        foreach (var (socket, rest) in _rests)
        {
            if (ChildWith(socket) is null)
            {
                rest.Dispose();
            }
            else
            {
                _ = socket.Rest.ContinueWith(_ => rest.Dispose(), TaskScheduler.Default);
            }
        }

        _rests.Clear();
    }
}
