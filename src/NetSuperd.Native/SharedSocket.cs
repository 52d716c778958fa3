using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A listening or datagram socket that children share with the daemon, one after the other.</summary>
/// <remarks>
/// They share the open file and not a copy, so the changes of a child outlast it. A child that runs as another user can set most options,
/// attach a filter and lock it, connect the socket or shut it down, and all of that affects the daemon and the next child.
/// </remarks>
public static class SharedSocket
{
    // No program sends from it: a port below 1024 needs root, and tcpmux (RFC 1078) is for TCP only.
    private const int SilentPort = 1;

    // More errors than a queue holds.
    private const int MostErrors = 10_000;

    /// <summary>
    /// Clears O_NONBLOCK, which no child expects, and O_ASYNC. To be called only while no child has the socket and no other process accepts
    /// on it: the flags belong to the open file, which all processes with the socket share.
    /// </summary>
    /// <remarks>
    /// With O_NONBLOCK set, the kernel reports a socket as readable whose only datagram has a wrong checksum, and drops that datagram only
    /// when it is read (udp_poll in net/ipv4/udp.c).
    /// </remarks>
    public static void Block(Socket socket)
    {
        var flags = Libc.fcntl(socket.SafeHandle, Libc.F_GETFL, 0);
        if ((flags & (Libc.O_NONBLOCK | Libc.O_ASYNC)) != 0)
        {
            _ = Libc.fcntl(socket.SafeHandle, Libc.F_SETFL, flags & ~(Libc.O_NONBLOCK | Libc.O_ASYNC));
        }
    }

    /// <summary>The name that <see cref="Restore"/> gives to a listener that no longer listens.</summary>
    public const string NotListening = "listen";

    /// <summary>Undoes what children have done to a socket, as far as possible.</summary>
    /// <param name="socket">The socket; no child has it.</param>
    /// <param name="isDatagram">Whether it takes datagrams and not connections.</param>
    /// <param name="backlog">How many connections the system queues.</param>
    /// <param name="sound">The options that it had before any child.</param>
    /// <param name="filter">Its filter, which is locked; null: it has none.</param>
    /// <param name="group">Its multicast group and the interface of that, to be joined again by the caller; null: it has none.</param>
    /// <returns>
    /// The names of the options and calls that were undone, and of those that could not be: a socket with any of the latter is useless.
    /// </returns>
    public static (IReadOnlyList<string> SetBack, IReadOnlyList<string> Left) Restore(
        Socket socket,
        bool isDatagram,
        int backlog,
        SocketState sound,
        SocketFilter? filter = null,
        (IPAddress Group, uint Device)? group = null)
    {
        var setBack = new List<string>();
        if (IsAstray(socket, isDatagram))
        {
            if (!socket.IsRaw)
            {
                Disconnect(socket.SafeHandle);
            }

            setBack.Add(isDatagram ? "connect" : NotListening);
        }

        if (!isDatagram)
        {
            // On a listening socket this changes only the backlog.
            _ = Libc.listen(socket.SafeHandle, backlog);
        }

        if (!SocketFilter.IsOn(socket, filter) && SocketFilter.Detach(socket))
        {
            setBack.Add("SO_ATTACH_FILTER");
        }

        if (isDatagram && socket.RealFamily.IsIp && Memberships.LeaveOthers(socket, group))
        {
            setBack.Add("MCAST_JOIN_GROUP");
        }

        Reset(socket);
        var (before, after) = sound.Restore(socket);
        setBack.AddRange(before);
        SendBegun(socket);
        DropErrors(socket);
        List<string> left =
        [
            .. after,
            .. IsAstray(socket, isDatagram) ? [isDatagram ? "connect" : NotListening] : Array.Empty<string>(),
            .. !SocketFilter.IsOn(socket, filter) ? ["SO_ATTACH_FILTER"] : Array.Empty<string>(),
            .. IsShutDown(socket) || (isDatagram && CannotSend(socket)) ? ["shutdown"] : Array.Empty<string>(),
            .. HasKeys(socket) ? ["TCP_MD5SIG"] : Array.Empty<string>(),
        ];
        return ([.. setBack.Except(left)], left);
    }

    /// <summary>
    /// Makes a socket leave its port to another one, although other processes may still have it: one that a child has left, or a service
    /// manager that keeps it.
    /// </summary>
    /// <remarks>
    /// A UDP socket can only share its port (socket(7), SO_REUSEPORT), and would get a part of the datagrams. So it is connected to a port
    /// from which nothing is sent, and the kernel gives it no datagram of another port. A process that has it could undo that.
    /// </remarks>
    /// <param name="socket">The socket.</param>
    /// <param name="sharesUdp">Whether a UDP socket shares its port; otherwise the port is free when no process has the socket.</param>
    public static unsafe void Abandon(Socket socket, bool sharesUdp)
    {
        if (sharesUdp && socket.IsUdp && socket.LocalEndPoint is IPEndPoint local)
        {
            ListenOptions.SharePort(socket, share: true);
            var isEvery = local.Address.Equals(HostAddress.EveryOf(local.AddressFamily));
            var loopback = local.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
            var own = new IPEndPoint(isEvery ? loopback : local.Address, SilentPort).Serialize();
            fixed (byte* address = own.Buffer.Span)
            {
                _ = Libc.connect(socket.SafeHandle, address, (uint)own.Size);
            }
        }

        if (socket.IsTcp)
        {
            // A port may be bound again where all its sockets have the option and none of them listens (ip(7), socket(7)).
            var share = 1;
            _ = Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, &share, sizeof(int));
            Disconnect(socket.SafeHandle);
        }
    }

    /// <summary>
    /// Whether a child has shut the socket down for reading, which cannot be undone on a datagram or unix socket (shutdown(2)).
    /// </summary>
    private static unsafe bool IsShutDown(Socket socket)
    {
        var handle = socket.SafeHandle;
        var ignored = false;
        handle.DangerousAddRef(ref ignored);
        try
        {
            var asked = new Libc.PollDescriptor { fd = (int)handle.DangerousGetHandle(), events = Libc.POLLRDHUP };
            return Libc.poll(&asked, 1, 0) > 0 && (asked.revents & (Libc.POLLRDHUP | Libc.POLLHUP)) != 0;
        }
        finally
        {
            handle.DangerousRelease();
        }
    }

    /// <summary>
    /// Whether a child has shut a datagram socket down for writing, so that no other child can answer; only the kernel's socket list tells.
    /// </summary>
    private static bool CannotSend(Socket socket) => socket.AddressFamily == AddressFamily.Unix
        ? UnixDiagnosis.IsShutDown(socket.SafeHandle)
        : socket.LocalEndPoint is IPEndPoint local
            && SocketCookie.Of(socket.SafeHandle) is { } cookie
            && SocketDiagnosis.IsShutDown(socket.IsRaw ? ProtocolType.Raw : socket.RealProtocol, local, cookie);

    /// <summary>Whether it has a peer, or does not listen where it should.</summary>
    private static unsafe bool IsAstray(Socket socket, bool isDatagram)
    {
        if (isDatagram)
        {
            var address = stackalloc byte[Libc.SizeOfAnyAddress];
            var size = (uint)Libc.SizeOfAnyAddress;
            return Libc.getpeername(socket.SafeHandle, address, &size) == 0;
        }

        var (listens, length) = (0, (uint)sizeof(int));
        return Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN, &listens, &length) < 0 || listens == 0;
    }

    /// <summary>
    /// An address of no family dissolves the association (connect(2)); a TCP socket that a child has connected may listen again then.
    /// </summary>
    internal static unsafe void Disconnect(SafeHandle socket)
    {
        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        new Span<byte>(address, Libc.SizeOfAnyAddress).Clear();
        _ = Libc.connect(socket, address, Libc.SizeOfAnyAddress);
    }

    /// <summary>
    /// Whether the listener asks clients for signatures (tcp(7), TCP_MD5SIG), so that all others are dropped. The system tells that only
    /// with CAP_NET_ADMIN.
    /// </summary>
    private static bool HasKeys(Socket socket) => socket.IsTcp && socket.LocalEndPoint is IPEndPoint local
        && SocketCookie.Of(socket.SafeHandle) is { } cookie && SocketDiagnosis.HasKeys(local, cookie);

    /// <summary>Options that cannot be read, or whose value cannot be told from the default by reading, are set to the default.</summary>
    private static unsafe void Reset(Socket socket)
    {
        if (!socket.RealFamily.IsIp)
        {
            return;
        }

        // Room for the longest of the values, all of which are zero.
        var zero = stackalloc byte[sizeof(Libc.PacketInfo6)];
        new Span<byte>(zero, sizeof(Libc.PacketInfo6)).Clear();
        Set(Libc.SOL_SOCKET, Libc.SO_DETACH_REUSEPORT_BPF, sizeof(int));
        Set(Libc.IPPROTO_IP, Libc.IP_MULTICAST_IF, sizeof(int));
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            Set(Libc.IPPROTO_IPV6, Libc.IPV6_PKTINFO, sizeof(Libc.PacketInfo6));
            Set(Libc.IPPROTO_IPV6, Libc.IPV6_MTU, sizeof(int));
        }

        if (socket.IsTcp)
        {
            Set(Libc.IPPROTO_TCP, Libc.TCP_MAXSEG, sizeof(int));
        }

        if (socket.IsRaw)
        {
            // The host stops to route multicast for the socket: for IPv4 the first does that as well (ip_ra_control in
            // net/ipv4/ip_sockglue.c, mrtsock_destruct in net/ipv4/ipmr.c).
            Set(Libc.IPPROTO_IP, Libc.IP_ROUTER_ALERT, sizeof(int));
            Set(Libc.IPPROTO_IPV6, Libc.MRT6_DONE, sizeof(int));
        }

        void Set(int level, int option, int size) => _ = Libc.setsockopt(socket.SafeHandle, level, option, zero, (uint)size);
    }

    /// <summary>
    /// Sends a datagram that a child has begun with MSG_MORE and not finished (send(2), udp(7)): the next child's answer would be appended
    /// to it, and go to its client.
    /// </summary>
    private static unsafe void SendBegun(Socket socket)
    {
        if (socket.IsUdp)
        {
            var off = 0;
            _ = Libc.setsockopt(socket.SafeHandle, Libc.IPPROTO_UDP, Libc.UDP_CORK, &off, sizeof(int));
        }
    }

    /// <summary>Queued errors make a socket readable for ever, although nothing arrives (ip(7), IP_RECVERR).</summary>
    private static unsafe void DropErrors(Socket socket)
    {
        var (error, length) = (0, (uint)sizeof(int));
        _ = Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &length);
        for (var dropped = 0; socket.RealFamily.IsIp && dropped < MostErrors; dropped++)
        {
            if (Libc.recv(socket.SafeHandle, null, 0, Libc.MSG_ERRQUEUE | Libc.MSG_DONTWAIT) < 0)
            {
                return;
            }
        }
    }
}
