using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>Makes sockets of Windows that listen or receive datagrams.</summary>
public static class WindowsListener
{
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
    /// <param name="backlog">How many may wait to be accepted; Windows lowers it to 200 where it is larger, on systems for clients.</param>
    /// <exception cref="CallException">listen failed.</exception>
    public static void Listen(Socket socket, int backlog)
    {
        try
        {
            socket.Listen(backlog);
        }
        catch (SocketException failure)
        {
            throw new CallException("listen", $"{socket.LocalEndPoint}", WinsockError.OfBind(failure.SocketErrorCode));
        }
    }

    /// <summary>Sets the options that may change while the socket is open. Connections inherit them from their listener.</summary>
    /// <exception cref="SocketException">setsockopt failed.</exception>
    public static void Apply(Socket socket, WindowsListenOptions options)
    {
        if (options.ReceiveBuffer is { } received)
        {
            socket.ReceiveBufferSize = received;
        }

        if (options.SendBuffer is { } sent)
        {
            socket.SendBufferSize = sent;
        }

        if (options.HopLimit is { } hops)
        {
            // The runtime has no name for the option of IPv6: its HopLimit is IPV6_HOPLIMIT.
            var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
            socket.SetRawSocketOption(
                isIPv6 ? Ws2.IPPROTO_IPV6 : Ws2.IPPROTO_IP, isIPv6 ? Ws2.IPV6_UNICAST_HOPS : Ws2.IP_TTL, BitConverter.GetBytes(hops));
        }

        if (socket.SocketType == SocketType.Stream)
        {
            ApplyTcp(socket, options);
        }
    }

    private static void ApplyTcp(Socket socket, WindowsListenOptions options)
    {
        socket.NoDelay = options.NoDelay;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, options.KeepAlive);
        Set(SocketOptionName.TcpKeepAliveTime, (int?)options.KeepAliveIdle?.TotalSeconds);
        Set(SocketOptionName.TcpKeepAliveInterval, (int?)options.KeepAliveInterval?.TotalSeconds);
        Set(SocketOptionName.TcpKeepAliveRetryCount, options.KeepAliveProbes);

        void Set(SocketOptionName name, int? value)
        {
            if (value is { } number)
            {
                socket.SetSocketOption(SocketOptionLevel.Tcp, name, number);
            }
        }
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
            GroupSocket.Note(socket.SafeHandle, local.Address);
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
