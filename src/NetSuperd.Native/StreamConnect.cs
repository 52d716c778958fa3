using System.Net;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>Connects to another server without waiting: connect(2) of a socket with O_NONBLOCK.</summary>
public static unsafe class StreamConnect
{
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

    private static ConnectStart Begin(EndPoint target, IPAddress? source, int type)
    {
        var fd = Libc.socket(target.AddressFamily.Domain, type | Libc.SOCK_CLOEXEC | Libc.O_NONBLOCK, 0);
        if (fd < 0)
        {
            return new ConnectStart(null, (Errno)Marshal.GetLastPInvokeError());
        }

        var socket = new StreamSocket(fd, target.AddressFamily);
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
            // What the client has sent is passed on at once, and a target whose host has gone is noticed.
            socket.SendAtOnce();
            Set(socket, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_KEEPALIVE);
        }

        return new ConnectStart(socket, failure);
    }

    /// <summary>The port is chosen when the socket connects: one can serve connections to several targets then.</summary>
    private static Errno? Bind(StreamSocket socket, IPAddress source)
    {
        Set(socket, Libc.IPPROTO_IP, (int)IPLevelOption.IP_BIND_ADDRESS_NO_PORT);
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

    private static void Set(StreamSocket socket, int level, int option)
    {
        var one = 1;
        _ = Libc.setsockopt(socket, level, option, &one, sizeof(int));
    }
}

/// <summary>What has come of the begin of a connection.</summary>
/// <param name="Socket">The socket, connected unless there is a failure; null: it has failed.</param>
/// <param name="Failure">Why it is not connected: EINPROGRESS with a socket, since the system waits for the target.</param>
public readonly record struct ConnectStart(StreamSocket? Socket, Errno? Failure);
