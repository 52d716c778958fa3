using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// The options of a socket that a process can set and that stay on the open file when it has ended (socket(7), ip(7), ipv6(7), tcp(7),
/// udp(7), unix(7), vsock(7)).
/// </summary>
/// <remarks>
/// Options that the kernel changes itself, such as SO_ERROR, and options that cannot be read are not in the table: see
/// <see cref="SharedSocket"/>. Neither is SO_REUSEPORT, which the daemon itself sets and clears while a child runs.
/// </remarks>
internal static class SocketOptionTable
{
    // Options with a bare number are in no header of Debian 12 (Linux 6.1), or in none with a name of its own, so no test compares them.
    private static readonly SocketOption[] OfAll =
    [
        .. Of<SocketLevelOption>(Libc.SOL_SOCKET),
        new("SO_PASSPIDFD", Libc.SOL_SOCKET, 76),
        new("SO_RCVPRIORITY", Libc.SOL_SOCKET, 82),
        new("SO_PASSRIGHTS", Libc.SOL_SOCKET, 83),
    ];

    private static readonly SocketOption[] OfIp =
        [.. OfAll, .. Of<IPLevelOption>(Libc.IPPROTO_IP), new("IP_LOCAL_PORT_RANGE", Libc.IPPROTO_IP, 51)];

    private static readonly SocketOption[] OfTcp =
    [
        .. Of<TcpLevelOption>(Libc.IPPROTO_TCP),
        new("TCP_AO_INFO", Libc.IPPROTO_TCP, 40),
        new("TCP_RTO_MAX_MS", Libc.IPPROTO_TCP, 44),
        new("TCP_RTO_MIN_US", Libc.IPPROTO_TCP, 45),
        new("TCP_DELACK_MAX_US", Libc.IPPROTO_TCP, 46),
    ];

    // The coverage of the checksums of UDP-Lite, udplite(7).
    private static readonly SocketOption[] OfUdp =
    [
        .. Of<UdpLevelOption>(Libc.IPPROTO_UDP),
        new("UDPLITE_SEND_CSCOV", Libc.IPPROTO_UDPLITE, 10),
        new("UDPLITE_RECV_CSCOV", Libc.IPPROTO_UDPLITE, 11),
    ];

    // Of these, each raw socket has those of its family and protocol. The daemon sets the filters.
    private static readonly SocketOption[] OfRaw =
    [
        new("IP_HDRINCL", Libc.IPPROTO_IP, Libc.IP_HDRINCL),
        new("ICMP_FILTER", Libc.SOL_RAW, Libc.ICMP_FILTER),
        new("IPV6_HDRINCL", Libc.IPPROTO_IPV6, Libc.IPV6_HDRINCL),
        new("IPV6_CHECKSUM", Libc.SOL_RAW, Libc.IPV6_CHECKSUM),
        new("ICMP6_FILTER", Libc.IPPROTO_ICMPV6, Libc.ICMPV6_FILTER),
    ];

    private static readonly SocketOption[] OfVsock =
    [
        .. OfAll,
        new("SO_VM_SOCKETS_BUFFER_MAX_SIZE", Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_MAX_SIZE),
        new("SO_VM_SOCKETS_BUFFER_MIN_SIZE", Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_MIN_SIZE),
        new("SO_VM_SOCKETS_BUFFER_SIZE", Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_SIZE),
        new("SO_VM_SOCKETS_CONNECT_TIMEOUT", Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW),
    ];

    private static readonly SocketOption[] OfIPv6 =
    [
        .. Of<IPv6LevelOption>(Libc.IPPROTO_IPV6),
        new("IPV6_FLOWINFO", Libc.IPPROTO_IPV6, 11),
        new("IPV6_FLOWINFO_SEND", Libc.IPPROTO_IPV6, 33),
    ];

    /// <summary>Those that a socket can have.</summary>
    public static IReadOnlyList<SocketOption> Of(Socket socket) => socket.RealFamily.IsUnix ? OfAll : !socket.RealFamily.IsIp ? OfVsock :
    [
        .. OfIp,
        .. socket.IsTcp ? OfTcp : [],
        .. socket.IsUdp ? OfUdp : [],
        .. socket.IsRaw ? OfRaw : [],
        .. socket.AddressFamily == AddressFamily.InterNetworkV6 ? OfIPv6 : [],
    ];

    private static SocketOption[] Of<T>(int level)
        where T : struct, Enum
        => [.. Enum.GetValues<T>().Select(option => new SocketOption(option.ToString(), level, Convert.ToInt32(option, null)))];
}

/// <summary>An option by its name in the headers, and by the numbers that setsockopt(2) takes.</summary>
internal sealed record SocketOption(string Name, int Level, int Number);

/// <summary>Level SOL_SOCKET.</summary>
internal enum SocketLevelOption
{
    SO_DEBUG = 1, SO_REUSEADDR = 2, SO_TYPE = 3, SO_DONTROUTE = 5, SO_BROADCAST = 6, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_KEEPALIVE = 9,
    SO_OOBINLINE = 10, SO_NO_CHECK = 11, SO_PRIORITY = 12, SO_LINGER = 13, SO_PASSCRED = 16, SO_RCVLOWAT = 18, SO_RCVTIMEO = 20,
    SO_SNDTIMEO = 21, SO_TIMESTAMP = 29, SO_PASSSEC = 34, SO_TIMESTAMPNS = 35, SO_MARK = 36, SO_TIMESTAMPING = 37, SO_PROTOCOL = 38,
    SO_DOMAIN = 39, SO_RXQ_OVFL = 40, SO_WIFI_STATUS = 41, SO_PEEK_OFF = 42, SO_NOFCS = 43, SO_LOCK_FILTER = 44, SO_SELECT_ERR_QUEUE = 45,
    SO_BUSY_POLL = 46, SO_MAX_PACING_RATE = 47, SO_INCOMING_CPU = 49, SO_ZEROCOPY = 60, SO_TXTIME = 61, SO_BINDTOIFINDEX = 62,
    SO_TIMESTAMP_NEW = 63, SO_TIMESTAMPNS_NEW = 64, SO_TIMESTAMPING_NEW = 65, SO_PREFER_BUSY_POLL = 69, SO_BUSY_POLL_BUDGET = 70,
    SO_BUF_LOCK = 72, SO_RESERVE_MEM = 73, SO_TXREHASH = 74, SO_RCVMARK = 75,
}

/// <summary>Level IPPROTO_IP, which sockets of IPv6 have as well.</summary>
internal enum IPLevelOption
{
    IP_TOS = 1, IP_TTL = 2, IP_OPTIONS = 4, IP_RECVOPTS = 6, IP_RETOPTS = 7, IP_PKTINFO = 8, IP_MTU_DISCOVER = 10, IP_RECVERR = 11,
    IP_RECVTTL = 12, IP_RECVTOS = 13, IP_FREEBIND = 15, IP_PASSSEC = 18, IP_TRANSPARENT = 19, IP_ORIGDSTADDR = 20, IP_MINTTL = 21,
    IP_NODEFRAG = 22, IP_CHECKSUM = 23, IP_BIND_ADDRESS_NO_PORT = 24, IP_RECVFRAGSIZE = 25, IP_RECVERR_RFC4884 = 26, IP_MULTICAST_TTL = 33,
    IP_MULTICAST_LOOP = 34, IP_MULTICAST_ALL = 49, IP_UNICAST_IF = 50,
}

/// <summary>Level IPPROTO_IPV6.</summary>
internal enum IPv6LevelOption
{
    IPV6_2292PKTINFO = 2, IPV6_2292HOPOPTS = 3, IPV6_2292DSTOPTS = 4, IPV6_2292RTHDR = 5, IPV6_2292HOPLIMIT = 8, IPV6_UNICAST_HOPS = 16,
    IPV6_MULTICAST_IF = 17, IPV6_MULTICAST_HOPS = 18, IPV6_MULTICAST_LOOP = 19, IPV6_ROUTER_ALERT = 22, IPV6_MTU_DISCOVER = 23,
    IPV6_RECVERR = 25, IPV6_V6ONLY = 26, IPV6_MULTICAST_ALL = 29, IPV6_ROUTER_ALERT_ISOLATE = 30, IPV6_RECVERR_RFC4884 = 31,
    IPV6_RECVPKTINFO = 49, IPV6_RECVHOPLIMIT = 51, IPV6_RECVHOPOPTS = 53, IPV6_HOPOPTS = 54, IPV6_RTHDRDSTOPTS = 55, IPV6_RECVRTHDR = 56,
    IPV6_RTHDR = 57, IPV6_RECVDSTOPTS = 58, IPV6_DSTOPTS = 59, IPV6_RECVPATHMTU = 60, IPV6_DONTFRAG = 62, IPV6_RECVTCLASS = 66,
    IPV6_TCLASS = 67, IPV6_AUTOFLOWLABEL = 70, IPV6_ADDR_PREFERENCES = 72, IPV6_MINHOPCOUNT = 73, IPV6_ORIGDSTADDR = 74,
    IPV6_TRANSPARENT = 75, IPV6_UNICAST_IF = 76, IPV6_RECVFRAGSIZE = 77, IPV6_FREEBIND = 78,
}

/// <summary>Level IPPROTO_TCP: what connections inherit from their listener.</summary>
internal enum TcpLevelOption
{
    TCP_NODELAY = 1, TCP_CORK = 3, TCP_KEEPIDLE = 4, TCP_KEEPINTVL = 5, TCP_KEEPCNT = 6, TCP_SYNCNT = 7, TCP_LINGER2 = 8,
    TCP_DEFER_ACCEPT = 9, TCP_WINDOW_CLAMP = 10, TCP_QUICKACK = 12, TCP_CONGESTION = 13, TCP_THIN_LINEAR_TIMEOUTS = 16,
    TCP_THIN_DUPACK = 17, TCP_USER_TIMEOUT = 18, TCP_REPAIR = 19, TCP_FASTOPEN = 23, TCP_NOTSENT_LOWAT = 25, TCP_SAVE_SYN = 27,
    TCP_FASTOPEN_CONNECT = 30, TCP_ULP = 31, TCP_FASTOPEN_NO_COOKIE = 34, TCP_INQ = 36, TCP_TX_DELAY = 37,
}

/// <summary>Level IPPROTO_UDP.</summary>
internal enum UdpLevelOption
{
    UDP_CORK = 1, UDP_ENCAP = 100, UDP_NO_CHECK6_TX = 101, UDP_NO_CHECK6_RX = 102, UDP_SEGMENT = 103, UDP_GRO = 104,
}
