using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>A socket of the map, bound with its options and, if it takes connections, listening once <see cref="Listen"/> is called.</summary>
/// <remarks>Options that a connection inherits from its listener (tcp(7)) are set here once, not for every connection.</remarks>
internal sealed class BoundSocket : IDisposable
{
    // SOL_SOCKET and IPPROTO_TCP options that SocketOptionName does not know (socket(7), tcp(7)).
    private const int SOL_SOCKET = 1;
    private const int SO_REUSEPORT = 15;
    private const int SO_BINDTODEVICE = 25;
    private const int IPPROTO_TCP = 6;
    private const int TCP_DEFER_ACCEPT = 9;

    private readonly IPAddress? _address;
    private (ulong Device, ulong Inode)? _file;

    private BoundSocket(Port port, string local, Socket socket, IPAddress? address = null)
    {
        Port = port;
        Local = local;
        Socket = socket;
        _address = address;
        _file = FileOf(port.Key.Path);
    }

    /// <summary>The entry of the map.</summary>
    public Port Port { get; }

    /// <summary>The address, as log and messages name it.</summary>
    public string Local { get; }

    /// <summary>The socket; another one once <see cref="Mend"/> had to replace it.</summary>
    public Socket Socket { get; private set; }

    private int Backlog => Port.Backlog ?? int.MaxValue;

    /// <summary>Binds to an address and port.</summary>
    /// <param name="port">The entry of the map.</param>
    /// <param name="address">The address of the entry, or one of the two wildcards.</param>
    /// <exception cref="SocketException">socket(2), setsockopt(2) or bind(2) failed.</exception>
    public static BoundSocket BindIp(Port port, IPAddress address)
    {
        var end = new IPEndPoint(address, port.Key.Number);
        var isTcp = port.Key.Transport == Transport.Tcp;
        var socket = isTcp
            ? new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            if (port.ReusePort || port.SharesNumber)
            {
                socket.SetRawSocketOption(SOL_SOCKET, SO_REUSEPORT, BitConverter.GetBytes(1));
            }

            if (port.Device is { } device)
            {
                socket.SetRawSocketOption(SOL_SOCKET, SO_BINDTODEVICE, System.Text.Encoding.UTF8.GetBytes(device));
            }

            SetBuffers(port, socket);
            if (isTcp)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, port.KeepAlive);
                socket.NoDelay = port.NoDelay;
            }

            if (port.DeferAccept is { } wait)
            {
                socket.SetRawSocketOption(IPPROTO_TCP, TCP_DEFER_ACCEPT, BitConverter.GetBytes((int)wait.TotalSeconds));
            }

            socket.Bind(end);
            return new BoundSocket(port, end.ToString(), socket, address);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Binds a unix socket. A socket file that nobody serves any more is replaced.</summary>
    /// <exception cref="LibcException">A call failed; EADDRINUSE also where the path is no socket.</exception>
    public static BoundSocket BindUnix(Port port)
    {
        var path = port.Key.Path!;
        var type = port.Key.Transport switch
        {
            Transport.UnixDatagram => SocketType.Dgram,
            Transport.UnixSeqpacket => SocketType.Seqpacket,
            _ => SocketType.Stream,
        };
        var isFile = path.StartsWith('/');
        Socket socket;
        try
        {
            socket = UnixListener.Bind(path, type);
        }
        catch (LibcException taken) when (taken.Errno == Errno.EADDRINUSE && isFile && FileStatus.Of(path) is { Type: FileType.Socket })
        {
            if (UnixListener.IsServed(path, type))
            {
                throw;
            }

            File.Delete(path);
            socket = UnixListener.Bind(path, type);
        }

        var bound = new BoundSocket(port, path, socket);
        try
        {
            SetBuffers(port, socket);
            if (isFile)
            {
                UnixListener.SetAccess(path, port.Owner, port.Group, port.Mode);
            }

            return bound;
        }
        catch
        {
            bound.Unlink();
            bound.Dispose();
            throw;
        }
    }

    /// <summary>Whether it takes datagrams and not connections.</summary>
    public bool IsDatagram => Port.Key.Transport is Transport.Udp or Transport.UnixDatagram;

    /// <summary>Starts to listen: from now on the system queues connections. Datagrams it queues since the socket is bound.</summary>
    public void Listen()
    {
        if (!IsDatagram)
        {
            Socket.Listen(Backlog);
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
            SharedSocket.Restore(Socket, IsDatagram, Backlog);
            if (!SharedSocket.IsShutDown(Socket))
            {
                return false;
            }
        }

        Socket.Dispose();
        Unlink();
        var fresh = _address is null ? BindUnix(Port) : BindIp(Port, _address);
        (Socket, _file) = (fresh.Socket, fresh._file);
        Listen();
        return true;
    }

    /// <summary>Removes the path of a unix socket at the final stop, if it is still the one that was bound here.</summary>
    public void Unlink(ILogger? logger = null)
    {
        if (_file is null || FileOf(Port.Key.Path) != _file)
        {
            return;
        }

        try
        {
            File.Delete(Port.Key.Path!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            logger?.UnlinkFailed(Local, failure.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static void SetBuffers(Port port, Socket socket)
    {
        if (port.ReceiveBuffer is { } receive)
        {
            socket.ReceiveBufferSize = receive;
        }

        if (port.SendBuffer is { } send)
        {
            socket.SendBufferSize = send;
        }
    }

    private static (ulong Device, ulong Inode)? FileOf(string? path) =>
        path is not null && path.StartsWith('/') && FileStatus.Of(path) is { } status ? (status.Device, status.Inode) : null;
}
