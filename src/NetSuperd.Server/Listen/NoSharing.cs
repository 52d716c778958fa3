using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>A system on which no other process gets a socket of the daemon.</summary>
internal sealed class NoSharing : ISharing, IInheritance, IIdleWatch, ILeftHolders, ISocketRepair
{
    /// <summary>The only one.</summary>
    public static NoSharing Instance { get; } = new();

    /// <inheritdoc/>
    public SafeHandle? ReleasePipe => null;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ToldChild> Children { get; } = new Dictionary<string, ToldChild>();

    /// <inheritdoc/>
    public IReadOnlyList<string> Dropped => [];

    /// <inheritdoc/>
    public IInheritance Inherit(IReadOnlyList<ListenDescriptor> passed, IReadOnlyDictionary<string, ToldChild> children) => this;

    /// <inheritdoc/>
    public IOtherProcesses Others(IReadOnlyList<SafeHandle> ends, ToldChild? told, EventLoop loop, TimeProvider time) => throw Never();

    /// <inheritdoc/>
    public IListenLoop LoopOf(
        Listener listener, IReadOnlyList<BoundSocket> sockets, EventLoop loop, StartTurn starts, ILogger logger, TimeProvider time) =>
        throw Never();

    /// <inheritdoc/>
    public IIdleWatch WatchIdle(Listener listener, ILogger logger, TimeProvider time) => this;

    /// <inheritdoc/>
    public ILeftHolders WatchLeft(TimeProvider time) => this;

    /// <inheritdoc/>
    public void Check(IReadOnlyList<Listener> listeners)
    {
    }

    /// <inheritdoc/>
    public ISocketRepair RepairOf(Socket? given) => this;

    /// <inheritdoc/>
    public SafeHandle Copy(Socket socket) => throw Never();

    /// <inheritdoc/>
    public Socket Reopen(Socket socket) => socket;

    /// <inheritdoc/>
    public void Abandon(Socket socket, bool sharesPort)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<SafeHandle> TakeServer(string id) => [];

    /// <inheritdoc/>
    public bool HasDualStack(PortKey key) => false;

    /// <inheritdoc/>
    public IReadOnlyList<SocketPlace> Named(Port port, IEnumerable<SocketPlace> places) => [];

    /// <inheritdoc/>
    public bool SharePort(SocketPlace place) => false;

    /// <inheritdoc/>
    public (BoundSocket Socket, IReadOnlyList<SafeHandle> Holders, Transport Transport)? Adopt(SocketPlace place, Task released) => null;

    /// <inheritdoc/>
    public Task CloseUnclaimedAsync(Task released, ILogger logger) => Task.CompletedTask;

    /// <inheritdoc/>
    public bool HasAsked(ISocketHolder? holder) => false;

    /// <inheritdoc/>
    public void Note(ISocketHolder? holder, TimeSpan? limit)
    {
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken stopping) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Share()
    {
    }

    /// <inheritdoc/>
    public string? Restore(BoundSocket bound, bool sharesPort, int backlog, ILogger logger) => null;

    private static UnreachableException Never() => new("no other process gets a socket on this system");
}
