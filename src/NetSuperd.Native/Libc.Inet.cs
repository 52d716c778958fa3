using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// netinet/in.h, linux/icmp.h, linux/icmpv6.h, linux/mroute6.h, linux/tcp.h, linux/udp.h
internal static unsafe partial class Libc
{
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_TCP = 6;
    public const int IPPROTO_UDP = 17;
    public const int IPPROTO_IPV6 = 41;
    public const int IPPROTO_SCTP = 132;
    public const int IPPROTO_UDPLITE = 136;
    public const int IPPROTO_RAW = 255;
    public const int IPPROTO_MPTCP = 262;
    public const int SOL_MPTCP = 284;
    public const int MPTCP_INFO = 1;
    public const int IPPROTO_ICMPV6 = 58;
    public const int SOL_RAW = 255;
    public const int ICMP_FILTER = 1;
    public const int ICMPV6_FILTER = 1;
    public const int IP_HDRINCL = 3;
    public const int IPV6_CHECKSUM = 7;
    public const int IPV6_HDRINCL = 36;
    public const int IP_ROUTER_ALERT = 5;
    public const int IP_PKTINFO = 8;
    public const int IP_RECVERR = 11;
    public const int IP_FREEBIND = 15;
    public const int IP_TRANSPARENT = 19;
    public const int IP_MULTICAST_IF = 32;
    public const int IPV6_MTU = 24;
    public const int IPV6_RECVERR = 25;
    public const int IPV6_V6ONLY = 26;
    public const int IPV6_RECVPKTINFO = 49;
    public const int IPV6_PKTINFO = 50;
    public const int IPV6_TRANSPARENT = 75;
    public const int IPV6_FREEBIND = 78;
    public const int MRT6_DONE = 201;
    public const int MCAST_JOIN_GROUP = 42;
    public const int MCAST_LEAVE_GROUP = 45;
    public const int MCAST_MSFILTER = 48;
    public const int TCP_MAXSEG = 2;
    public const int TCP_DEFER_ACCEPT = 9;
    public const int TCP_INFO = 11;
    public const int UDP_CORK = 1;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PacketInfo
    {
        public int ipi_ifindex;
        public uint ipi_spec_dst;
        public uint ipi_addr;
    }

    /// <summary>struct in6_pktinfo of ipv6(7) and RFC 3542.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PacketInfo6
    {
        public fixed byte ipi6_addr[16];
        public int ipi6_ifindex;
    }
}
