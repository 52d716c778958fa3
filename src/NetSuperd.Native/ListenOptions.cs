using System.Net.Sockets;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The options of a listening socket for which <see cref="SocketOptionName"/> has no name (socket(7), tcp(7)).</summary>
public static class ListenOptions
{
    /// <summary>SO_REUSEPORT, which may be set on a bound socket, and then lets another socket be bound beside it.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void SharePort(Socket socket, bool share) =>
        socket.SetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_REUSEPORT, BitConverter.GetBytes(share ? 1 : 0));

    /// <summary>TCP_DEFER_ACCEPT: how long the system holds a client back until its first byte comes; 0: not at all.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void DeferAccept(Socket socket, TimeSpan time) =>
        socket.SetRawSocketOption(Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, BitConverter.GetBytes((int)time.TotalSeconds));

    /// <summary>
    /// TCP_FASTOPEN: for how many connections data that a client sends with its SYN is delivered before the handshake is complete.
    /// </summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void FastOpen(Socket socket, int count) =>
        socket.SetRawSocketOption(Libc.IPPROTO_TCP, (int)TcpLevelOption.TCP_FASTOPEN, BitConverter.GetBytes(count));

    /// <summary>IP_TOS and IPV6_TCLASS: the class of what is sent, without the two bits of ECN, which are the system's.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void TypeOfService(Socket socket, int value) => Set(
        socket, (int)IPLevelOption.IP_TOS, (int)IPv6LevelOption.IPV6_TCLASS, value);

    /// <summary>IP_TTL and IPV6_UNICAST_HOPS: how many routers a packet may pass; null: as many as the system says.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void TimeToLive(Socket socket, int? value) => Set(
        socket, (int)IPLevelOption.IP_TTL, (int)IPv6LevelOption.IPV6_UNICAST_HOPS, value ?? -1);

    /// <summary>IP_FREEBIND and IPV6_FREEBIND: the socket can be bound to an address that this host does not have yet.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void FreeBind(Socket socket, bool value) => Set(socket, Libc.IP_FREEBIND, Libc.IPV6_FREEBIND, value ? 1 : 0);

    /// <summary>IP_TRANSPARENT and IPV6_TRANSPARENT: the socket can be bound to, and answers from, addresses of other hosts.</summary>
    /// <exception cref="CallException">setsockopt(2) failed; EPERM: the process has neither CAP_NET_ADMIN nor CAP_NET_RAW.</exception>
    public static void Transparent(Socket socket, bool value)
    {
        var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        Set(
            socket, isIPv6 ? Libc.IPPROTO_IPV6 : Libc.IPPROTO_IP, isIPv6 ? Libc.IPV6_TRANSPARENT : Libc.IP_TRANSPARENT, value ? 1 : 0,
            "IP_TRANSPARENT");
    }

    /// <summary>
    /// IP_MULTICAST_ALL and IPV6_MULTICAST_ALL: whether the socket also receives what is sent to groups that other sockets have joined.
    /// </summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void EveryGroup(Socket socket, bool value) => Set(
        socket, (int)IPLevelOption.IP_MULTICAST_ALL, (int)IPv6LevelOption.IPV6_MULTICAST_ALL, value ? 1 : 0);

    /// <summary>
    /// SO_REUSEADDR: a listener is bound beside connections that have ended; on sockets of a multicast group, each of them receives every
    /// datagram (socket(7)).
    /// </summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void ShareAddress(Socket socket, bool share) =>
        socket.SetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_REUSEADDR, BitConverter.GetBytes(share ? 1 : 0));

    /// <summary>SO_MARK: the mark of what is sent, for routing and packet filters.</summary>
    /// <exception cref="CallException">setsockopt(2) failed; EPERM: the process has neither CAP_NET_ADMIN nor CAP_NET_RAW.</exception>
    public static void Mark(Socket socket, int value) =>
        Set(socket, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_MARK, value, "SO_MARK");

    /// <summary>SO_PRIORITY: the priority of what is sent. Connections do not inherit it (sk_clone in net/core/sock.c).</summary>
    /// <exception cref="CallException">
    /// setsockopt(2) failed; EPERM: the process has neither CAP_NET_ADMIN nor CAP_NET_RAW, and the priority is above 6.
    /// </exception>
    public static void Priority(Socket socket, int value) =>
        Set(socket, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_PRIORITY, value, "SO_PRIORITY");

    /// <summary>TCP_CONGESTION: the congestion control of the connections, by its name.</summary>
    /// <exception cref="CallException">
    /// setsockopt(2) failed; ENOENT: the system has none of the name; EPERM: the process has no CAP_NET_ADMIN, and the name is not in
    /// net.ipv4.tcp_allowed_congestion_control.
    /// </exception>
    public static unsafe void Congestion(Socket socket, string name)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        fixed (byte* start = bytes)
        {
            if (Libc.setsockopt(
                socket.SafeHandle, Libc.IPPROTO_TCP, (int)TcpLevelOption.TCP_CONGESTION, start, (uint)bytes.Length) < 0)
            {
                throw Libc.Failure("setsockopt", $"TCP_CONGESTION, {name}");
            }
        }
    }

    // SetRawSocketOption would not do: the runtime reports EPERM as an unspecific error.
    private static unsafe void Set(Socket socket, int level, int option, int value, string name)
    {
        if (Libc.setsockopt(socket.SafeHandle, level, option, &value, sizeof(int)) < 0)
        {
            throw Libc.Failure("setsockopt", name);
        }
    }

    private static void Set(Socket socket, int option, int optionOfIPv6, int value)
    {
        var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        socket.SetRawSocketOption(
            isIPv6 ? Libc.IPPROTO_IPV6 : Libc.IPPROTO_IP, isIPv6 ? optionOfIPv6 : option, BitConverter.GetBytes(value));
    }
}
