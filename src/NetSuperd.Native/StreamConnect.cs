using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Connects to another server without waiting: connect(2) of a socket with O_NONBLOCK.</summary>
public static unsafe class StreamConnect
{
    // Others may take a port between two calls.
    private const int MostPorts = 8;

    /// <summary>Begins to connect.</summary>
    /// <param name="target">The address and port, or the unix socket.</param>
    /// <param name="source">The own address, of the same family; null: the system chooses it.</param>
    /// <returns>What has come of it; a socket that is not connected yet can be written when its end is known.</returns>
    public static ConnectStart Begin(EndPoint target, IPAddress? source) => Begin(target, source, Libc.SOCK_STREAM);

    /// <summary>
    /// Connects a socket for datagrams, which needs no answer of the target: the socket then gets datagrams of that address alone, and
    /// reports that nothing receives there (udp(7), ECONNREFUSED).
    /// </summary>
    /// <param name="target">The address and port, or the unix socket.</param>
    /// <param name="source">The own address, of the same family; null: the system chooses it.</param>
    public static ConnectStart OfDatagrams(EndPoint target, IPAddress? source) => Begin(target, source, Libc.SOCK_DGRAM);

    /// <summary>
    /// Makes a socket whose connections come from the address of a client (ip(7), IP_TRANSPARENT), which needs CAP_NET_ADMIN or
    /// CAP_NET_RAW. To connect it needs no right.
    /// </summary>
    /// <remarks>
    /// The port is bound by number. The system frees a port that it has chosen itself when a connection ends, and a process that has the
    /// socket could then bind it to any other address (SOCK_BINDPORT_LOCK in net/ipv4/tcp.c).
    /// </remarks>
    /// <param name="client">The address.</param>
    /// <returns>The socket, not connected; or why there is none.</returns>
    public static ConnectStart From(IPAddress client)
    {
        var start = new ConnectStart(null, Errno.EADDRINUSE);
        for (var i = 0; i < MostPorts && start.Failure == Errno.EADDRINUSE; i++)
        {
            start = FixedPorts.Next() is { } port
                ? BoundTo(new IPEndPoint(client, port))
                : new ConnectStart(null, Errno.EADDRNOTAVAIL);
        }

        return start;
    }

    /// <summary>
    /// Begins to connect a socket of <see cref="From"/>. An attempt before this one ends. The socket can be tried again after a failure,
    /// unless it is closed: its address is then of no client.
    /// </summary>
    /// <param name="target">The address and port, of the same family.</param>
    /// <param name="from">The socket.</param>
    public static ConnectStart Begin(EndPoint target, StreamSocket from)
    {
        _ = LinuxStreamSocket.Disconnect(from);
        var own = from.Local();
        var failure = Connect(from, target);
        if (failure is null or Errno.EINPROGRESS && !Equals(from.Local(), own))
        {
            // An address of no single host, such as 0.0.0.0, 224.0.0.1 or a broadcast: the connection would come from this host. The next
            // one would, too, and could not be told from others: the system keeps the address that it has put there.
            from.Reset();
            failure = Errno.EADDRNOTAVAIL;
        }

        if (failure is not (null or Errno.EINPROGRESS))
        {
            return new ConnectStart(null, failure);
        }

        Tune(from);
        return new ConnectStart(from, failure);
    }

    private static ConnectStart BoundTo(IPEndPoint end)
    {
        if (!TryOpen(end.AddressFamily, Libc.SOCK_STREAM, out var socket))
        {
            return new ConnectStart(null, (Errno)Marshal.GetLastPInvokeError());
        }

        var (level, option) = end.AddressFamily == AddressFamily.InterNetworkV6
            ? (Libc.IPPROTO_IPV6, Libc.IPV6_TRANSPARENT)
            : (Libc.IPPROTO_IP, Libc.IP_TRANSPARENT);
        if ((Set(socket, level, option) ?? Call(&Libc.bind, socket, end)) is { } failure)
        {
            socket.Dispose();
            return new ConnectStart(null, failure);
        }

        // Only from now on: two of these sockets never have the same port, and a server may listen at it.
        _ = Set(socket, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_REUSEADDR);
        return new ConnectStart(socket, null);
    }

    private static ConnectStart Begin(EndPoint target, IPAddress? source, int type) =>
        TryOpen(target.AddressFamily, type, out var socket)
            ? Begin(target, socket, source, type)
            : new ConnectStart(null, (Errno)Marshal.GetLastPInvokeError());

    private static bool TryOpen(AddressFamily family, int type, [NotNullWhen(true)] out LinuxStreamSocket? socket)
    {
        var fd = Libc.socket(family.Domain, type | Libc.SOCK_CLOEXEC | Libc.O_NONBLOCK, 0);
        socket = fd < 0 ? null : new LinuxStreamSocket(fd, family);
        return socket is not null;
    }

    private static ConnectStart Begin(EndPoint target, StreamSocket socket, IPAddress? source, int type)
    {
        var failure = source is not null && socket.Family.IsIp ? Bind(socket, source)
            : socket.IsUnix && type == Libc.SOCK_DGRAM ? BindToAnyName(socket)
            : null;
        failure ??= Connect(socket, target);
        if (failure is not (null or Errno.EINPROGRESS))
        {
            socket.Dispose();
            return new ConnectStart(null, failure);
        }

        if (socket.Family.IsIp && type == Libc.SOCK_STREAM)
        {
            Tune(socket);
        }

        return new ConnectStart(socket, failure);
    }

    /// <summary>What the client has sent is passed on at once, and a target whose host has gone is noticed.</summary>
    private static void Tune(StreamSocket socket)
    {
        socket.SendAtOnce();
        _ = Set(socket, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_KEEPALIVE);
    }

    /// <summary>The port is chosen when the socket connects: one can serve connections to several targets then.</summary>
    private static Errno? Bind(StreamSocket socket, IPAddress source)
    {
        _ = Set(socket, Libc.IPPROTO_IP, (int)IPLevelOption.IP_BIND_ADDRESS_NO_PORT);
        return Call(&Libc.bind, socket, new IPEndPoint(source, 0));
    }

    /// <summary>A name that the system chooses (autobind in unix(7)): a target cannot answer a socket without one.</summary>
    private static Errno? BindToAnyName(StreamSocket socket)
    {
        var family = (ushort)Libc.AF_UNIX;
        return Libc.bind(socket, (byte*)&family, sizeof(ushort)) == 0 ? null : (Errno)Marshal.GetLastPInvokeError();
    }

    private static Errno? Connect(StreamSocket socket, EndPoint target) => Call(&Libc.connect, socket, target);

    private static Errno? Call(delegate*<SafeHandle, byte*, uint, int> call, StreamSocket socket, EndPoint end)
    {
        var address = end.Serialize();
        fixed (byte* start = address.Buffer.Span)
        {
            return call(socket, start, (uint)address.Size) == 0 ? null : (Errno)Marshal.GetLastPInvokeError();
        }
    }

    private static Errno? Set(StreamSocket socket, int level, int option)
    {
        var one = 1;
        return Libc.setsockopt(socket, level, option, &one, sizeof(int)) == 0 ? null : (Errno)Marshal.GetLastPInvokeError();
    }
}
