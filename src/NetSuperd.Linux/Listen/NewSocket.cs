using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>Makes the sockets of the map: each is bound to its place, with the options of its entry.</summary>
internal static class NewSocket
{
    /// <summary>Binds an IP socket.</summary>
    /// <exception cref="SocketException">setsockopt(2) or bind(2) failed.</exception>
    /// <exception cref="CallException">The network interface is missing, or a call failed.</exception>
    public static Socket OfIp(SocketPlace place, IPAddress address, bool sharesPort)
    {
        var local = new IPEndPoint(place.Scoped(new LinuxNames()), (int)place.Port.Key.Number);
        if (place.Zone is { } zone && local.Address.ScopeId == 0)
        {
            // Without an interface the system would say that the argument is invalid.
            throw new CallException("bind", zone, Errno.ENODEV);
        }

        var socket = OpenIp(place.Port, address.AddressFamily, isDualStack: false);
        try
        {
            if (sharesPort)
            {
                ListenOptions.SharePort(socket, share: true);
            }

            Bind(socket, place.Port, local);
            SocketOptions.JoinGroup(socket, place);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Binds a unix socket. A stale socket file is replaced.</summary>
    /// <exception cref="CallException">A call failed; EADDRINUSE also where the path is no socket.</exception>
    public static Socket OfUnix(SocketPlace place)
    {
        var path = place.Port.Key.Path!;
        var type = place.Port.Key.Transport.SocketType;
        return path.StartsWith('/') ? BindPath(path, type) : UnixListener.Bind(path, type);
    }

    /// <summary>Binds a socket of vsock(7).</summary>
    /// <exception cref="CallException">A call failed.</exception>
    public static Socket OfVsock(SocketPlace place) =>
        VsockListener.Bind(new VsockAddress(place.Port.Key.Cid ?? VsockAddress.EveryCid, place.Port.Key.Number));

    /// <summary>The options of a socket that no child has had, read from a new socket.</summary>
    public static SocketState StateOf(SocketPlace place, bool isDualStack)
    {
        using var twin = place.Port.Key.Transport.Family switch
        {
            TransportFamily.Ip => TwinOfIp(place, isDualStack),
            TransportFamily.Unix => TwinOfUnix(place.Port),
            TransportFamily.Vsock => VsockListener.Create(),
            var family => throw Transports.Unknown(family),
        };
        return SocketState.Of(twin);
    }

    private static Socket TwinOfUnix(Port port)
    {
        var twin = new Socket(AddressFamily.Unix, port.Key.Transport.SocketType, ProtocolType.Unspecified);
        SocketOptions.Apply(twin, port);
        return twin;
    }

    private static Socket TwinOfIp(SocketPlace place, bool isDualStack)
    {
        var family = place.Address!.AddressFamily;
        var twin = OpenIp(place.Port, family, isDualStack);
        try
        {
            // The runtime sets an option for it.
            Bind(twin, place.Port, new IPEndPoint(HostAddress.EveryOf(family), 0));
            return twin;
        }
        catch
        {
            twin.Dispose();
            throw;
        }
    }

    private static Socket OpenIp(Port port, AddressFamily family, bool isDualStack)
    {
        var socket = IpSockets.Create(family, port.Key.Transport.SocketType, port.Key.Protocol);
        try
        {
            if (family == AddressFamily.InterNetworkV6 && !port.Key.Transport.IsRaw)
            {
                socket.DualMode = isDualStack;
            }

            if (!port.Key.Transport.IsDatagram)
            {
                // As the runtime does for TCP: otherwise connections that have ended keep the port from being bound (ip(7)).
                ListenOptions.ShareAddress(socket, share: true);
            }

            if (port.Key.Transport.IsRaw)
            {
                RawSocket.Silence(socket);
            }

            SocketOptions.Apply(socket, port);
            if (!port.Key.Transport.IsRaw)
            {
                port.Filter?.Lock(socket);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Bind(Socket socket, Port port, IPEndPoint local)
    {
        socket.Bind(local);
        if (port.Key.Transport.IsRaw)
        {
            RawSocket.Open(socket, port.Filter);
        }
    }

    private static Socket BindPath(string path, SocketType type)
    {
        // Judged first: bind(2) knows no folder by descriptor, and the path that it is given is how the system calls the socket from then
        // on.
        using var place = CheckedPath.Open(path, followLast: false);
        try
        {
            return UnixListener.Bind(path, type);
        }
        catch (CallException taken) when (
            taken.Errno == Errno.EADDRINUSE && place.File is { Status.Type: FileType.Socket } file && !UnixListener.IsServed(file, type))
        {
            place.Folder.Remove(place.Name);
            return UnixListener.Bind(path, type);
        }
    }
}
