using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>A socket of the map, bound with its options and, if it takes connections, listening once <see cref="Listen"/> is called.</summary>
internal sealed class BoundSocket : IDisposable
{
    private (ulong Device, ulong Inode)? _file;
    private uint _interface;
    private readonly Lock _using = new();
    private IReadOnlyList<Descriptor> _others = [];
    private bool _wasUsed;

    private BoundSocket(SocketPlace place, Socket socket)
    {
        Place = place;
        Socket = socket;
        _file = FileOf(place.Port.Key.Path);
        _interface = place.Zone is not null && socket.LocalEndPoint is IPEndPoint local ? (uint)local.Address.ScopeId : 0;
    }

    /// <summary>Where it is, by the map in force.</summary>
    public SocketPlace Place { get; private set; }

    /// <summary>The entry of the map in force.</summary>
    public Port Port => Place.Port;

    /// <summary>The address, as log and messages name it.</summary>
    public string Local => Place.Local;

    /// <summary>The socket; another one once <see cref="Mend"/> had to replace it.</summary>
    public Socket Socket { get; private set; }

    /// <summary>Completes when no child has it any more.</summary>
    public Task Rest { get; set; } = Task.CompletedTask;

    /// <summary>
    /// Completes when the process that it came from has let go of it, for good. Until then that one accepts on it as well, and goes on with it where this one
    /// does not come to serve.
    /// </summary>
    public Task Released { get; private init; } = Task.CompletedTask;

    /// <summary>
    /// Whether clients find it: the path of a unix socket may have been removed, or be another's by now, and the interface of a link-local address may
    /// have been made again, with another number. Only a new socket mends that.
    /// </summary>
    public bool IsReachable => (_file is null || FileOf(Port.Key.Path) == _file) && IsOnItsInterface;

    /// <summary>Whether the interface of its link-local address is the one on which it was bound.</summary>
    public bool IsOnItsInterface => Place.Zone is null || LinkScope.IndexOf(Place.Zone) == _interface;

    /// <summary>Whether it takes datagrams and not connections.</summary>
    public bool IsDatagram => Port.Key.Transport is Transport.Udp or Transport.UnixDatagram;

    /// <summary>Whether it is on every address of both families, as a service manager may have bound it.</summary>
    public bool IsDualStack { get; private init; }

    /// <summary>Lets it rest as long as processes may have it that are no children of this one.</summary>
    /// <param name="others">Each can be read when one of them has ended, and belongs to the socket from now on.</param>
    /// <param name="readiness">Watches them.</param>
    public void LeaveTo(IReadOnlyList<Descriptor> others, Readiness readiness)
    {
        _others = others;
        Rest = RestAsync();

        async Task RestAsync()
        {
            foreach (var other in others)
            {
                await readiness.WhenReadableAsync([other], CancellationToken.None).ConfigureAwait(false);
            }

            lock (_using)
            {
                _others = [];
                others.ToList().ForEach(other => other.Dispose());
            }
        }
    }

    /// <summary>What tells the end of those processes, for whoever goes on with the socket.</summary>
    /// <exception cref="LibcException">No descriptor is left.</exception>
    public IReadOnlyList<Descriptor> Others()
    {
        lock (_using)
        {
            return [.. _others.Select(Descriptor.Duplicate)];
        }
    }

    /// <summary>Binds.</summary>
    /// <param name="place">Where.</param>
    /// <param name="sharesPort">Whether a socket that is to be dropped, or another of the map, is on an overlapping address.</param>
    /// <exception cref="SocketException">socket(2), setsockopt(2) or bind(2) failed.</exception>
    /// <exception cref="LibcException">A call failed; EADDRINUSE also where the path of a unix socket is no socket.</exception>
    public static BoundSocket Bind(SocketPlace place, bool sharesPort = false) => place.Address is { } address
        ? BindIp(place, address, sharesPort || place.Port.ReusePort || place.Port.SharesNumber)
        : BindUnix(place);

    /// <summary>Takes a socket that another process has bound, and sets the options of the map.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="released">When that process has let go of it.</param>
    /// <param name="isDualStack">Whether it is on every address of both families.</param>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    /// <exception cref="LibcException">The access to the path of a unix socket could not be set.</exception>
    public static BoundSocket Adopt(SocketPlace place, Socket socket, Task released, bool isDualStack)
    {
        var bound = new BoundSocket(place, socket) { Released = released, IsDualStack = isDualStack, _wasUsed = true };
        try
        {
            SocketOptions.Apply(socket, place.Port);
            if (place.Address is not null)
            {
                SocketOptions.SharePort(socket, place.Port.ReusePort || place.Port.SharesNumber);
            }

            bound.SetAccess(place.Port);
            return bound;
        }
        catch
        {
            // Or the next try would find its address taken.
            bound.Dispose();
            throw;
        }
    }

    /// <summary>Starts to listen: from now on the system queues connections. Datagrams it queues since the socket is bound.</summary>
    public void Listen()
    {
        if (!IsDatagram)
        {
            Socket.Listen(BacklogOf(Port));
        }
    }

    /// <summary>Makes it what another map says of it. Where that fails it is still <see cref="Place"/> that counts, for the next try.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    /// <exception cref="LibcException">The access to the path of a unix socket could not be set.</exception>
    public void Become(SocketPlace place)
    {
        lock (_using)
        {
            Apply(place.Port);
            Place = place;
        }
    }

    private void Apply(Port port)
    {
        SocketOptions.Apply(Socket, port, before: Port);
        if (port.Backlog != Port.Backlog && !IsDatagram)
        {
            Socket.Listen(BacklogOf(port));
        }

        if ((port.Owner, port.Group, port.Mode) != (Port.Owner, Port.Group, Port.Mode))
        {
            SetAccess(port);
        }
    }

    /// <summary>Lets a socket on an overlapping address be bound, or takes that back.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public void SharePort(bool share)
    {
        if (Place.Address is not null)
        {
            lock (_using)
            {
                SocketOptions.SharePort(Socket, share || Port.ReusePort || Port.SharesNumber);
            }
        }
    }

    /// <summary>Asks the socket something while nobody closes or replaces it.</summary>
    /// <remarks>
    /// The runtime makes calls return that still use a socket which is disposed, by disconnecting it (shutdown(2)), and that holds for every process
    /// that shares it. So no call may be under way then.
    /// </remarks>
    public T Ask<T>(Func<Socket, T> question)
    {
        lock (_using)
        {
            return question(Socket);
        }
    }

    /// <summary>Makes it ready for a loop, whatever another loop or a child has done with it.</summary>
    /// <remarks>
    /// The runtime makes a socket non-blocking and relies on that, which no child expects; and where a child has been, what the runtime believes
    /// is wrong. So each loop gets the same socket by another descriptor, of which the runtime knows nothing.
    /// </remarks>
    /// <exception cref="LibcException">A call failed, or no descriptor is left.</exception>
    /// <exception cref="SocketException">A call failed.</exception>
    public void Prepare()
    {
        lock (_using)
        {
            if (_wasUsed)
            {
                Mend();
                var fresh = InheritedSocket.Open(Descriptor.Duplicate(Socket.SafeHandle));
                Socket.Dispose();
                Socket = fresh;
            }

            _wasUsed = true;
        }
    }

    /// <summary>Makes it again what it was, after a child has shared it; one that a child has shut down is bound anew.</summary>
    /// <returns>Whether it was bound anew.</returns>
    /// <exception cref="LibcException">A call failed; the next call tries again.</exception>
    /// <exception cref="SocketException">A call failed; the next call tries again.</exception>
    public bool Mend()
    {
        if (!Socket.SafeHandle.IsClosed)
        {
            SharedSocket.Restore(Socket, IsDatagram, BacklogOf(Port));
            if (!SharedSocket.IsShutDown(Socket))
            {
                return false;
            }
        }

        Socket.Dispose();
        Unlink();
        var fresh = Bind(Place);
        (Socket, _file, _interface) = (fresh.Socket, fresh._file, fresh._interface);
        Listen();
        return true;
    }

    /// <summary>
    /// Removes the path of a unix socket at the final stop, if it is still the one that was bound here, and the process that it came from does not go on
    /// with it.
    /// </summary>
    public void Unlink(ILogger? logger = null)
    {
        if (!Released.IsCompleted || _file is null)
        {
            return;
        }

        try
        {
            using var place = CheckedPath.Open(Port.Key.Path!, followLast: false);
            if (place.File is { } file && Identity(file.Status) == _file)
            {
                place.Folder.Remove(place.Name);
            }
        }
        catch (Exception failure) when (failure is LibcException or UntrustedPathException)
        {
            logger?.UnlinkFailed(Local, failure.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_using)
        {
            Socket.Dispose();
        }
    }

    private static BoundSocket BindIp(SocketPlace place, IPAddress address, bool sharesPort)
    {
        var local = new IPEndPoint(place.Scoped(), place.Port.Key.Number);
        if (place.Zone is { } zone && local.Address.ScopeId == 0)
        {
            // Without an interface the system would say that the argument is invalid.
            throw new LibcException("bind", zone, Errno.ENODEV);
        }

        var socket = place.Port.Key.Transport == Transport.Tcp
            ? new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            if (sharesPort)
            {
                SocketOptions.SharePort(socket, share: true);
            }

            SocketOptions.Apply(socket, place.Port);
            socket.Bind(local);
            return new BoundSocket(place, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Binds a unix socket. A socket file that nobody serves any more is replaced.</summary>
    private static BoundSocket BindUnix(SocketPlace place)
    {
        var path = place.Port.Key.Path!;
        var type = place.Port.Key.Transport switch
        {
            Transport.UnixDatagram => SocketType.Dgram,
            Transport.UnixSeqpacket => SocketType.Seqpacket,
            _ => SocketType.Stream,
        };
        var socket = path.StartsWith('/') ? BindPath(path, type) : UnixListener.Bind(path, type);
        var bound = new BoundSocket(place, socket);
        try
        {
            SocketOptions.Apply(socket, place.Port);
            bound.SetAccess(place.Port);
            return bound;
        }
        catch
        {
            bound.Unlink();
            bound.Dispose();
            throw;
        }
    }

    private static Socket BindPath(string path, SocketType type)
    {
        // Judged first: bind(2) knows no folder by descriptor, and the path that it is given is how the system calls the socket from then on.
        using var place = CheckedPath.Open(path, followLast: false);
        try
        {
            return UnixListener.Bind(path, type);
        }
        catch (LibcException taken) when (
            taken.Errno == Errno.EADDRINUSE && place.File is { Status.Type: FileType.Socket } file && !UnixListener.IsServed(file, type))
        {
            place.Folder.Remove(place.Name);
            return UnixListener.Bind(path, type);
        }
    }

    /// <summary>Gives the socket at the path its owner and mode, and no other file: what is there must be what was bound.</summary>
    private void SetAccess(Port port)
    {
        if (_file is null)
        {
            return;
        }

        using var place = CheckedPath.Open(Local, followLast: false);
        if (place.File is not { } file || Identity(file.Status) != _file)
        {
            throw new LibcException("chown", Local, Errno.ENOENT);
        }

        file.SetSocketAccess(port.Owner, port.Group, port.Mode);
    }

    private static int BacklogOf(Port port) => port.Backlog ?? int.MaxValue;

    private static (ulong Device, ulong Inode)? FileOf(string? path) =>
        path is not null && path.StartsWith('/') && FileStatus.Of(path) is { } status ? Identity(status) : null;

    private static (ulong Device, ulong Inode) Identity(FileStatus status) => (status.Device, status.Inode);
}
