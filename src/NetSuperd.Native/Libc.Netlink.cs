using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// linux/netlink.h, linux/rtnetlink.h
internal static partial class Libc
{
    public const int NETLINK_ROUTE = 0;
    public const int RTMGRP_LINK = 1;
    public const int RTMGRP_IPV4_IFADDR = 0x10;
    public const int RTMGRP_IPV6_IFADDR = 0x100;
    public const int RTM_NEWLINK = 16;
    public const int RTM_NEWADDR = 20;
    public const int NETLINK_SOCK_DIAG = 4;
    public const int NLM_F_REQUEST = 1;
    public const int NLM_F_ACK = 4;
    public const int NLM_F_DUMP = 0x300;
    public const int NLMSG_ERROR = 2;
    public const int NLMSG_DONE = 3;

    /// <summary>struct nlmsghdr of netlink(7).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkHeader
    {
        public uint nlmsg_len;
        public ushort nlmsg_type;
        public ushort nlmsg_flags;
        public uint nlmsg_seq;
        public uint nlmsg_pid;
    }

    /// <summary>struct nlattr of linux/netlink.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkAttribute
    {
        public ushort nla_len;
        public ushort nla_type;
    }

    /// <summary>struct sockaddr_nl of netlink(7).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkAddress
    {
        public ushort nl_family;
        public ushort nl_pad;
        public uint nl_pid;
        public uint nl_groups;
    }
}
