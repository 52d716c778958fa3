namespace NetSuperd.Native;

// linux/netlink.h, linux/rtnetlink.h, linux/sock_diag.h, linux/inet_diag.h, linux/unix_diag.h
internal static partial class Libc
{
    public const int NETLINK_ROUTE = 0;
    public const int RTMGRP_LINK = 1;
    public const int RTMGRP_IPV4_IFADDR = 0x10;
    public const int RTMGRP_IPV6_IFADDR = 0x100;
    public const int RTM_NEWLINK = 16;
    public const int RTM_NEWADDR = 20;
    public const int NETLINK_SOCK_DIAG = 4;
    public const int SOCK_DIAG_BY_FAMILY = 20;
    public const int SOCK_DESTROY = 21;
    public const int NLM_F_REQUEST = 1;
    public const int NLM_F_ACK = 4;
    public const int NLM_F_DUMP = 0x300;
    public const int NLMSG_ERROR = 2;
    public const int NLMSG_DONE = 3;
    public const uint INET_DIAG_NOCOOKIE = uint.MaxValue;
    public const int INET_DIAG_INFO = 2;
    public const int INET_DIAG_REQ_PROTOCOL = 3;
    public const int INET_DIAG_SHUTDOWN = 8;
    public const int INET_DIAG_SKV6ONLY = 11;
    public const int INET_DIAG_MD5SIG = 18;
    public const int INET_DIAG_ULP_INFO = 19;
    public const int SK_MEMINFO_DROPS = 8;
    public const int UDIAG_SHOW_NAME = 1;
    public const int UDIAG_SHOW_VFS = 2;
    public const int UDIAG_SHOW_ICONS = 8;
    public const int UDIAG_SHOW_RQLEN = 16;
    public const int UNIX_DIAG_NAME = 0;
    public const int UNIX_DIAG_VFS = 1;
    public const int UNIX_DIAG_ICONS = 3;
    public const int UNIX_DIAG_RQLEN = 4;
    public const int UNIX_DIAG_SHUTDOWN = 6;
}
