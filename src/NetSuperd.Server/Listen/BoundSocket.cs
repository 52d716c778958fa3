using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>
/// A socket of the map, bound with its options and, if it takes connections, listening once <see cref="Listen"/> is called.
/// </summary>
internal sealed class BoundSocket : IDisposable
{
    private readonly ISocketFile? _file;
    private readonly uint _interface;
    private readonly Lock _using = new();
    private ISocketRepair _repair;
    private bool _sharesPort;
    private bool _wasUsed;

    private BoundSocket(Host host, SocketPlace place, Socket socket)
    {
        Host = host;
        Place = place;
        Socket = socket;
        _file = host.Sockets.FileOf(place);
        _repair = host.Sharing.RepairOf(given: null);

        // The system is asked: the runtime drops the interface of a multicast group.
        _interface = place.Zone is not null ? host.Sockets.InterfaceOf(socket) : 0;
    }

    /// <summary>What the system offers.</summary>
    public Host Host { get; }

    /// <summary>Its place, of the map in force.</summary>
    public SocketPlace Place { get; private set; }

    /// <summary>The entry of the map in force.</summary>
    public Port Port => Place.Port;

    /// <summary>The address for log and messages.</summary>
    public string Local => Place.Local;

    /// <summary>The socket.</summary>
    public Socket Socket { get; private set; }

    /// <summary>The process that shares it, now or last; null: none has.</summary>
    public ISocketHolder? Holder { get; private set; }

    /// <summary>Completes when no child has it any more.</summary>
    public Task Unshared => Holder?.Ended ?? Task.CompletedTask;

    /// <summary>Whether a child that has it was asked to end.</summary>
    public bool IsEnding => Holder is { IsEnding: true, Ended.IsCompleted: false };

    /// <summary>Whether a child has or had it, and may have changed it.</summary>
    public bool WasShared { get; private set; }

    /// <summary>Whether another process has or had the open file, and may have changed its flags.</summary>
    public bool MayBeShared { get; private set; }

    /// <summary>
    /// Completes when the predecessor has closed it for good. Until then the predecessor also accepts on it, and keeps it if this start
    /// fails.
    /// </summary>
    public Task Released { get; private init; } = Task.CompletedTask;

    /// <summary>
    /// Whether clients can reach it: the path of a unix socket may have been removed or replaced, and the interface of a link-local address
    /// may have been created again with another number. Only a new socket mends that.
    /// </summary>
    public bool IsReachable => _file is not { IsThere: false } && IsOnItsInterface;

    /// <summary>Whether the interface of its link-local address is the one on which it was bound.</summary>
    public bool IsOnItsInterface => Place.Zone is null || Host.Names.InterfaceOf(Place.Zone) == _interface;

    /// <summary>Whether it has an address of IPv4 or IPv6.</summary>
    public bool IsIp => Port.Key.Transport.IsIp;

    /// <summary>Whether it has a path or an abstract name.</summary>
    public bool IsUnix => Port.Key.Transport.IsUnix;

    /// <summary>Whether it takes datagrams and not connections.</summary>
    public bool IsDatagram => Port.Key.Transport.IsDatagram;

    /// <summary>Whether it is on every address of both families, as a service manager may have bound it.</summary>
    public bool IsDualStack { get; private init; }

    /// <summary>The filter that is locked on it; null: none.</summary>
    public SocketFilter? Filter { get; private set; }

    /// <summary>Whether the map wants another filter than the one that is locked on it. Only a new socket mends that.</summary>
    public bool HasOldFilter => !Equals(Filter, Port.Filter);

    /// <summary>Whether no other socket can be bound to an address of its port, as long as it is there.</summary>
    public bool KeepsPort => !Host.SharesPortLater && IsIp && !_sharesPort && HostAddress.IsEvery(Place.Address!);

    /// <summary>Makes it rest as long as a holder has it.</summary>
    public void LeaveTo(ISocketHolder holder)
    {
        lock (_using)
        {
            (Holder, WasShared, MayBeShared) = (holder, true, true);
            _repair.Share();
        }
    }

    /// <summary>Asks its holder to end, unless it was started by this definition.</summary>
    /// <param name="definition">The <see cref="Assignment.Definition"/> that may stay; null: none.</param>
    /// <param name="drain">The time that it has.</param>
    /// <returns>Whether it was asked now.</returns>
    public bool EndHolder(string? definition, TimeSpan drain)
    {
        lock (_using)
        {
            return Holder is { } holder && holder.TryEnd(definition, drain);
        }
    }

    /// <summary>The descriptors that report the end of foreign processes with the socket, for a successor.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public IReadOnlyList<SafeHandle> Others() => Holder is null ? [] : [.. Holder.Others.SelectMany(other => other.Copies())];

    /// <summary>Binds.</summary>
    /// <param name="host">What the system offers.</param>
    /// <param name="place">The place.</param>
    /// <param name="sharesPort">Whether a socket that is to be dropped, or another of the map, is on an overlapping address.</param>
    /// <exception cref="SocketException">A call failed.</exception>
    /// <exception cref="CallException">A call failed; EADDRINUSE also where the path of a unix socket is no socket.</exception>
    public static BoundSocket Bind(Host host, SocketPlace place, bool sharesPort = false)
    {
        var port = place.Port;
        var shares = port.Key.Transport.IsIp && (sharesPort || port.ReusePort || port.SharesNumber);
        var bound = new BoundSocket(host, place, host.Sockets.Bind(place, shares))
        {
            _sharesPort = shares,
            Filter = port.Key.Transport.IsIp ? port.Filter : null,
        };
        return port.Key.Transport.IsUnix ? bound.WithAccess() : bound;
    }

    /// <summary>Takes a socket that another process has bound, and sets the options of the map.</summary>
    /// <param name="host">What the system offers.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="released">Completes when that process has closed it.</param>
    /// <param name="isDualStack">Whether it is on every address of both families.</param>
    /// <param name="isOwn">Whether a daemon has bound it; a service manager may have set options of its own, which stay.</param>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    /// <exception cref="CallException">The access to the path of a unix socket could not be set.</exception>
    public static BoundSocket Adopt(
        Host host, SocketPlace place, Socket socket, Task released, bool isDualStack, bool isOwn)
    {
        var bound = new BoundSocket(host, place, socket)
        {
            Released = released,
            IsDualStack = isDualStack,
            WasShared = place.Port.Service.Program is { HasSockets: true },
            _wasUsed = true,
            MayBeShared = true,
        };
        try
        {
            host.Sockets.Apply(socket, place.Port);
            bound.SharePort(share: false);
            host.Sockets.JoinGroup(socket, place);
            bound.Filter = host.Sockets.Lock(socket, place.Port.Filter);
            bound._file?.SetAccess(place.Port);
            bound._repair = host.Sharing.RepairOf(isOwn || !bound.WasShared ? null : socket);
            return bound;
        }
        catch
        {
            // Otherwise the next try would find its address in use.
            bound.Dispose();
            throw;
        }
    }

    /// <summary>Starts to listen: from now on the system queues connections. It queues datagrams since the bind.</summary>
    public void Listen()
    {
        if (!IsDatagram && Unshared.IsCompleted)
        {
            Socket.Listen(BacklogOf(Port));
        }
    }

    /// <summary>Applies the entry of another map. If that fails, <see cref="Place"/> stays, for the next try.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    /// <exception cref="CallException">The access to the path of a unix socket could not be set.</exception>
    public void Apply(SocketPlace place)
    {
        lock (_using)
        {
            var port = place.Port;
            Host.Sockets.Apply(Socket, port, before: Port);
            if (port.Backlog != Port.Backlog && !IsDatagram)
            {
                Socket.Listen(BacklogOf(port));
            }

            if ((port.Owner, port.Group, port.Mode) != (Port.Owner, Port.Group, Port.Mode))
            {
                _file?.SetAccess(port);
            }

            Host.Sockets.JoinGroup(Socket, place);
            Place = place;
        }
    }

    /// <summary>Allows a socket on an overlapping address to be bound, or ends that.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public void SharePort(bool share)
    {
        if (IsIp)
        {
            lock (_using)
            {
                _sharesPort = share || Port.ReusePort || Port.SharesNumber;
                Host.Sockets.SharePort(Socket, _sharesPort);
            }
        }
    }

    /// <summary>A copy for another process.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public SafeHandle Copy()
    {
        lock (_using)
        {
            MayBeShared = true;
            return Host.Sharing.Copy(Socket);
        }
    }

    /// <summary>Runs a query while the socket can be neither closed nor replaced.</summary>
    /// <remarks>
    /// When a socket is disposed, the runtime makes the calls that still use it return by disconnecting it (shutdown(2)), for every process
    /// that shares it. So no call may be under way then.
    /// </remarks>
    public T Ask<T>(Func<Socket, T> question)
    {
        lock (_using)
        {
            return question(Socket);
        }
    }

    /// <summary>Prepares it for a loop, whatever another loop or a child has done with it.</summary>
    /// <remarks>
    /// The runtime makes a socket non-blocking and relies on that; no child expects it, and after a child the runtime's assumption is
    /// wrong. So each loop gets the same socket by a new descriptor, which the runtime has not seen.
    /// </remarks>
    /// <exception cref="CallException">A call failed, or no descriptor is left.</exception>
    /// <exception cref="SocketException">A call failed.</exception>
    public void Prepare()
    {
        lock (_using)
        {
            if (_wasUsed)
            {
                Socket = Host.Sharing.Reopen(Socket);
            }

            _wasUsed = true;
        }
    }

    /// <summary>Restores the state from before a child shared it, unless one still does.</summary>
    /// <returns>The names of the options and calls that cannot be restored, so that only a new socket helps; null: it is sound.</returns>
    /// <exception cref="CallException">No descriptor is left to compare with.</exception>
    /// <exception cref="SocketException">No descriptor is left to compare with.</exception>
    public string? Repair(ILogger logger)
    {
        lock (_using)
        {
            if (!Unshared.IsCompleted || Socket.SafeHandle.IsClosed)
            {
                return null;
            }

            var left = _repair.Restore(this, _sharesPort, BacklogOf(Port), logger);
            return WasShared ? left : null;
        }
    }

    /// <summary>Abandons a useless socket together with its place, although a process that a child has left may still have it.</summary>
    /// <param name="sharesPort">Whether it leaves its port to the next one even so.</param>
    public void Abandon(bool sharesPort)
    {
        lock (_using)
        {
            Unlink();
            Host.Sharing.Abandon(Socket, sharesPort);
            Socket.Dispose();
        }
    }

    /// <summary>
    /// Removes the path of a unix socket at the final stop, if it still leads to this socket, and the predecessor does not keep it.
    /// </summary>
    public void Unlink(ILogger? logger = null)
    {
        if (!Released.IsCompleted || _file is null)
        {
            return;
        }

        try
        {
            _file.Remove();
        }
        catch (Exception failure) when (failure is CallException or UntrustedPathException)
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

    /// <summary>Sets the options and the access of a unix socket that was just bound.</summary>
    private BoundSocket WithAccess()
    {
        try
        {
            Host.Sockets.Apply(Socket, Port);
            _file?.SetAccess(Port);
            return this;
        }
        catch
        {
            Unlink();
            Dispose();
            throw;
        }
    }

    private static int BacklogOf(Port port) => port.Backlog ?? int.MaxValue;
}
