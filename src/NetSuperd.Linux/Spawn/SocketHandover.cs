using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Linux.Listen;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Spawn;

/// <summary>
/// Gives the listening sockets to a successor, and with each socket the descriptors that it waits for before it accepts: those of every
/// process that has the socket.
/// </summary>
internal sealed class SocketHandover(ListenerSet sockets, Spawner spawner) : ISocketHandover
{
    // How long a restart waits for children that are being started.
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(5);

    // The successor reads these pipes: each ends when this process closes it, or ends.
    private readonly List<(Func<Task<string?>> End, Pipe Pipe)> _ends = [];
    private readonly List<Task> _closing = [];
    private readonly HashSet<int> _told = [];
    private Pipe? _release;

    /// <summary>
    /// Copies of the sockets with their names, each made on demand: a caller that disposes of each before the next needs only one
    /// descriptor.
    /// </summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public IEnumerable<(SafeHandle Handle, string Name)> Copies() =>
        Copies(sockets.Listeners.SelectMany(listener => listener.Sockets), socket => Inheritance.StoreName(socket.Place));

    /// <summary>
    /// Copies of the sockets with the processes that have them, for a successor that is being started. From now on no server, and no child
    /// that gets sockets, is started until <see cref="Cancel"/>.
    /// </summary>
    /// <inheritdoc cref="CopiesWithChildren"/>
    public async Task<IReadOnlyList<(SafeHandle Handle, string Name)>> CopiesWithChildrenAsync()
    {
        await sockets.HoldStartsAsync().ConfigureAwait(false);

        // The program of a child that is just being started may serve already, and the successor ends only children that it knows.
        await spawner.SettleSharingAsync().WaitAsync(LongestStart).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return CopiesWithChildren();
    }

    /// <summary>Copies of the sockets with the processes that have them.</summary>
    /// <returns>Descriptors in order with their names, to be disposed.</returns>
    /// <exception cref="CallException">No descriptors are left; nothing is left open then.</exception>
    public IReadOnlyList<(SafeHandle Handle, string Name)> CopiesWithChildren()
    {
        ClosePipes();
        _told.Clear();
        var handles = new List<(SafeHandle Handle, string Name)>();
        try
        {
            var all = sockets.Listeners
                .SelectMany(listener => listener.Sockets.Select(socket => (Socket: socket, listener.Assignment.IsShared)))
                .Concat(sockets.Ending.Select(ending => (ending.Socket, IsShared: true))).ToList();

            // The successor finds a socket that a service manager has passed by its name.
            handles.AddRange(Copies(
                all.Select(pair => pair.Socket),
                socket => socket.Place.IsNamed ? socket.Place.Port.Name : Inheritance.StoreName(socket.Place)));
            _release = Pipe.Create();
            handles.Add((Descriptor.Duplicate(_release.Reader), Inheritance.ReleaseName));
            for (var i = 0; i < all.Count; i++)
            {
                AddHolders(handles, all[i].Socket, all[i].IsShared, Inheritance.HolderName(i));
            }

            foreach (var listener in sockets.Listeners.Where(listener => listener.Assignment.IsServer))
            {
                AddServer(handles, listener);
            }

            return handles;
        }
        catch
        {
            handles.ForEach(copy => copy.Handle.Dispose());
            ClosePipes();
            throw;
        }
    }

    /// <summary>The successor serves, and ends itself those children of this process that it was told of.</summary>
    public void Complete()
    {
        spawner.Ends.LeaveTo(_told);
        ClosePipes();
    }

    /// <summary>The restart has failed: nothing is handed over.</summary>
    public void Cancel()
    {
        ClosePipes();
        sockets.CancelHandover();
    }

    /// <summary>
    /// Closes the pipes that the successor waits for: this process has closed the sockets, or the restart has failed. The pipe of a socket
    /// that a child has is closed when the child has ended.
    /// </summary>
    public void ClosePipes()
    {
        _release?.Dispose();
        _release = null;
        _closing.RemoveAll(closing => closing.IsCompleted);
        foreach (var (end, pipe) in _ends)
        {
            _closing.Add(CloseAsync(end(), pipe));
        }

        _ends.Clear();
    }

    /// <summary>Completes when the children have ended whose sockets' pipes are still open, and their pipes are closed.</summary>
    public Task WhenClosedAsync() => Task.WhenAll(_closing);

    private void AddProcess(List<(SafeHandle Handle, string Name)> handles, ChildProcess? child, string name)
    {
        if (child is not null && ProcessHandle.Open(child.Pid) is { } process)
        {
            handles.Add((process.End, name));
            _told.Add(child.Pid);
        }
    }

    private static IEnumerable<(SafeHandle Handle, string Name)> Copies(IEnumerable<BoundSocket> sockets, Func<BoundSocket, string> name) =>
        sockets.Select(socket => ((SafeHandle)socket.Copy(), name(socket)));

    /// <summary>Adds the processes that have a socket.</summary>
    private void AddHolders(List<(SafeHandle Handle, string Name)> handles, BoundSocket socket, bool isShared, string name)
    {
        foreach (var child in ChildrenWith(socket))
        {
            AddProcess(handles, child, name);
        }

        foreach (var other in socket.Others())
        {
            handles.Add((other, name));
        }

        if (isShared)
        {
            // This stands for a child that has no descriptor, or no process yet although the restart has waited for it.
            var server = ServerOf(socket);
            AddEnd(handles, name, () => EndAsync(ChildrenWith(socket).FirstOrDefault(), socket.Unshared, server));
        }
    }

    /// <summary>Adds the process of a server. The successor finds it by its service, whatever sockets its map gives the service.</summary>
    private void AddServer(List<(SafeHandle Handle, string Name)> handles, Listener listener)
    {
        var name = Inheritance.ServerName(listener.Assignment.Service.Name);
        AddProcess(handles, ProcessOf(listener), name);
        foreach (var other in (listener.Server as AdoptedServer)?.Copies() ?? [])
        {
            handles.Add((other, name));
        }

        AddEnd(handles, name, () => EndAsync(ProcessOf(listener), listener.Unshared, listener));
    }

    /// <summary>
    /// Completes when a child of this process has ended: with what there is to tell of its end, if it is a server. It may have ended
    /// already, after the successor was told that it runs.
    /// </summary>
    private static async Task<string?> EndAsync(ChildProcess? child, Task unshared, Listener? server)
    {
        if (child is null && server?.Server is not SharingChild)
        {
            return null;
        }

        await unshared.ConfigureAwait(false);
        return server?.Assignment.Receiver.RecordOf(server.Assignment.Service).EndText();
    }

    private static async Task CloseAsync(Task<string?> end, Pipe pipe)
    {
        using (pipe)
        {
            if (await end.ConfigureAwait(false) is { } text)
            {
                pipe.TryWrite(Encoding.UTF8.GetBytes(text));
            }
        }
    }

    private Listener? ServerOf(BoundSocket socket) =>
        sockets.Listeners.FirstOrDefault(listener => listener.Assignment.IsServer && listener.Sockets.Contains(socket));

    private void AddEnd(List<(SafeHandle Handle, string Name)> handles, string name, Func<Task<string?>> end)
    {
        var pipe = Pipe.Create();
        _ends.Add((end, pipe));
        handles.Add((Descriptor.Duplicate(pipe.Reader), name));
    }

    /// <summary>The child of this process that runs as the server of a listener.</summary>
    private ChildProcess? ProcessOf(Listener listener) => spawner.Children.FirstOrDefault(child =>
        child.Job.Server is not null && child.Job.Record.Service == listener.Assignment.Service.Name).Process;

    /// <summary>The children of this process that have a socket.</summary>
    private IEnumerable<ChildProcess> ChildrenWith(BoundSocket socket) => spawner.Children
        .Where(child => child.Job.Sockets.Any(given => given.Socket == socket.Socket.SafeHandle)).Select(child => child.Process);
}
