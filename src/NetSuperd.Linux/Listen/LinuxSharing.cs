using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>What Linux does with sockets that the daemon shares with other processes.</summary>
internal sealed class LinuxSharing(LinuxHost host) : ISharing
{
    /// <inheritdoc/>
    public IInheritance Inherit(IReadOnlyList<ListenDescriptor> passed, IReadOnlyDictionary<string, ToldChild> children) =>
        new Inheritance(host, passed) { Children = children };

    /// <inheritdoc/>
    public IOtherProcesses Others(IReadOnlyList<SafeHandle> ends, ToldChild? told, EventLoop loop, TimeProvider time) =>
        new OtherProcesses(ends, told, loop, time);

    /// <inheritdoc/>
    public IListenLoop LoopOf(
        Listener listener, IReadOnlyList<BoundSocket> sockets, EventLoop loop, StartTurn starts, ILogger logger, TimeProvider time) =>
        listener.Assignment switch
        {
            { IsServer: true } server =>
                new ServerLoop(listener, sockets, server.Receiver.RecordOf(server.Service), starts, logger, time),
            { IsPrefork: true } => new PreforkLoop(listener, loop, sockets, starts, logger, time),
            _ => new WaitLoop(loop, sockets, starts, logger, time, listener.Note),
        };

    /// <inheritdoc/>
    public IIdleWatch WatchIdle(Listener listener, ILogger logger, TimeProvider time) => new IdleWatch(listener, logger, time);

    /// <inheritdoc/>
    public ILeftHolders WatchLeft(TimeProvider time) => new LeftHolders(time);

    /// <inheritdoc/>
    public ISocketRepair RepairOf(Socket? given) => new SocketRepair(given is null ? null : SocketState.Of(given));

    /// <inheritdoc/>
    public SafeHandle Copy(Socket socket) => Descriptor.Duplicate(socket.SafeHandle);

    /// <inheritdoc/>
    public Socket Reopen(Socket socket)
    {
        var fresh = InheritedSocket.Open(Descriptor.Duplicate(socket.SafeHandle));
        socket.Dispose();
        return fresh;
    }

    /// <inheritdoc/>
    public void Abandon(Socket socket, bool sharesPort) => SharedSocket.Abandon(socket, sharesPort);
}
