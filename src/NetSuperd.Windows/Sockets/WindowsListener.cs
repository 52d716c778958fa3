using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>Makes sockets of Windows that listen or receive datagrams.</summary>
public static class WindowsListener
{
    private const int MostPlainBacklog = 200;

    /// <summary>Binds a socket of one family. No child inherits it, and its calls do not block.</summary>
    /// <param name="local">
    /// The address and port, a link-local address with its interface; a multicast group for datagrams is joined.
    /// </param>
    /// <param name="type">Connections or datagrams.</param>
    /// <param name="options">Its options.</param>
    /// <returns>The socket; a listener has still to listen.</returns>
    /// <exception cref="CallException">
    /// A call failed; EADDRINUSE: another program has the port, or Windows has reserved it.
    /// </exception>
    public static Socket Bind(IPEndPoint local, SocketType type, WindowsListenOptions options)
    {
        var call = "WSASocketW";
        Socket? socket = null;
        try
        {
            // The runtime makes it with WSA_FLAG_NO_HANDLE_INHERIT.
            socket = new Socket(local.AddressFamily, type, ProtocolType.Unspecified) { Blocking = false };
            call = "setsockopt";
            socket.ExclusiveAddressUse = options.IsExclusive;
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            Apply(socket, options);
            call = "bind";
            Bind(socket, local, options);
            return socket;
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            throw new CallException(
                call, $"{local}",
                call == "bind" ? WinsockError.OfBind(failure.SocketErrorCode) : WinsockError.Errno(failure.SocketErrorCode));
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Lets clients connect.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="backlog">How many may wait to be accepted; Windows takes 65,535 at most.</param>
    /// <exception cref="CallException">listen failed.</exception>
    public static void Listen(Socket socket, int backlog)
    {
        try
        {
            socket.Listen(Hint(backlog));
        }
        catch (SocketException failure)
        {
            throw new CallException("listen", $"{socket.LocalEndPoint}", WinsockError.OfBind(failure.SocketErrorCode));
        }
    }

    /// <summary>Sets the options that may change while the socket is open. Connections inherit them from their listener.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="options">The options.</param>
    /// <param name="before">Those that it has: what only they have is set back to what a new socket has; null: it is new.</param>
    /// <exception cref="SocketException">setsockopt failed.</exception>
    public static void Apply(Socket socket, WindowsListenOptions options, WindowsListenOptions? before = null)
    {
        using var fresh = before is null ? null : new Socket(socket.AddressFamily, socket.SocketType, ProtocolType.Unspecified);
        if ((options.ReceiveBuffer ?? (before?.ReceiveBuffer is null ? null : fresh!.ReceiveBufferSize)) is { } received)
        {
            socket.ReceiveBufferSize = received;
        }

        if ((options.SendBuffer ?? (before?.SendBuffer is null ? null : fresh!.SendBufferSize)) is { } sent)
        {
            socket.SendBufferSize = sent;
        }

        if ((options.HopLimit ?? (before?.HopLimit is null ? null : HopLimitOf(fresh!))) is { } hops)
        {
            var (level, name) = HopLimitOption(socket);
            socket.SetRawSocketOption(level, name, BitConverter.GetBytes(hops));
        }

        if (socket.SocketType == SocketType.Stream)
        {
            socket.NoDelay = options.NoDelay;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, options.KeepAlive);
            SetTcp(SocketOptionName.TcpKeepAliveTime, (int?)options.KeepAliveIdle?.TotalSeconds, before?.KeepAliveIdle is not null);
            SetTcp(
                SocketOptionName.TcpKeepAliveInterval, (int?)options.KeepAliveInterval?.TotalSeconds,
                before?.KeepAliveInterval is not null);
            SetTcp(SocketOptionName.TcpKeepAliveRetryCount, options.KeepAliveProbes, before?.KeepAliveProbes is not null);
        }

        void SetTcp(SocketOptionName name, int? value, bool isSet)
        {
            if ((value ?? (isSet ? (int?)fresh!.GetSocketOption(SocketOptionLevel.Tcp, name)! : null)) is { } number)
            {
                socket.SetSocketOption(SocketOptionLevel.Tcp, name, number);
            }
        }
    }

    /// <summary>Joins a group where the socket is not in it: Windows forgets it with its network interface.</summary>
    /// <exception cref="SocketException">setsockopt failed.</exception>
    public static void JoinAgain(Socket socket, IPAddress group, int device)
    {
        try
        {
            Join(socket, group, device);
        }
        catch (SocketException isIn) when (isIn.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.InvalidArgument)
        {
            // Windows says the second, Wine the first.
            return;
        }
    }

    /// <summary>A backlog as listen takes it: more than 200 only as SOMAXCONN_HINT (listen of winsock2.h), a negative number.</summary>
    internal static int Hint(int backlog) => backlog > MostPlainBacklog ? -backlog : backlog;

    // The runtime has no name for the option of IPv6: its HopLimit is IPV6_HOPLIMIT.
    private static (int Level, int Name) HopLimitOption(Socket socket) => socket.AddressFamily == AddressFamily.InterNetworkV6
        ? (Ws2.IPPROTO_IPV6, Ws2.IPV6_UNICAST_HOPS)
        : (Ws2.IPPROTO_IP, Ws2.IP_TTL);

    private static int HopLimitOf(Socket socket)
    {
        var (level, name) = HopLimitOption(socket);
        var value = new byte[sizeof(int)];
        _ = socket.GetRawSocketOption(level, name, value);
        return BitConverter.ToInt32(value);
    }

    private static void Bind(Socket socket, IPEndPoint local, WindowsListenOptions options)
    {
        if (socket.SocketType == SocketType.Stream)
        {
            socket.Bind(local);
            return;
        }

        // Windows binds no socket to a group: the batch drops what was sent to another address.
        var isGroup = HostAddress.IsGroup(local.Address);
        socket.Bind(isGroup ? new IPEndPoint(HostAddress.EveryOf(local.AddressFamily), local.Port) : local);
        WindowsDatagramBatch.Prepare(socket);
        if (isGroup)
        {
            Join(socket, local.Address, options.GroupInterface);
            GroupSocket.Note(socket.SafeHandle, local.Address, options.GroupInterface);
        }
    }

    private static void Join(Socket socket, IPAddress group, int device)
    {
        if (group.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, device));
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, device));
        }
    }
}
