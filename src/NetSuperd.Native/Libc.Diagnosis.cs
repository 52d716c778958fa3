using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// linux/sock_diag.h, linux/inet_diag.h, linux/unix_diag.h
internal static unsafe partial class Libc
{
    public const int SOCK_DIAG_BY_FAMILY = 20;
    public const int SOCK_DESTROY = 21;
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

    /// <summary>struct inet_diag_sockid of linux/inet_diag.h: ports and addresses in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InetDiagId
    {
        internal const int AddressSize = 16;

        public ushort idiag_sport;
        public ushort idiag_dport;
        public fixed byte idiag_src[AddressSize];
        public fixed byte idiag_dst[AddressSize];
        public uint idiag_if;
        public fixed uint idiag_cookie[2];
    }

    /// <summary>struct inet_diag_req_v2 of linux/inet_diag.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InetDiagRequest
    {
        public byte sdiag_family;
        public byte sdiag_protocol;
        public byte idiag_ext;
        public byte pad;
        public uint idiag_states;
        public InetDiagId id;
    }

    /// <summary>struct inet_diag_msg of linux/inet_diag.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InetDiagMessage
    {
        public byte idiag_family;
        public byte idiag_state;
        public byte idiag_timer;
        public byte idiag_retrans;
        public InetDiagId id;
        public uint idiag_expires;
        public uint idiag_rqueue;
        public uint idiag_wqueue;
        public uint idiag_uid;
        public uint idiag_inode;
    }

    /// <summary>struct unix_diag_req of linux/unix_diag.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UnixDiagRequest
    {
        public byte sdiag_family;
        public byte sdiag_protocol;
        public ushort pad;
        public uint udiag_states;
        public uint udiag_ino;
        public uint udiag_show;
        public fixed uint udiag_cookie[2];
    }

    /// <summary>struct unix_diag_msg of linux/unix_diag.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UnixDiagMessage
    {
        public byte udiag_family;
        public byte udiag_type;
        public byte udiag_state;
        public byte pad;
        public uint udiag_ino;
        public fixed uint udiag_cookie[2];
    }

    /// <summary>struct unix_diag_vfs of linux/unix_diag.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UnixDiagFile
    {
        public uint udiag_vfs_ino;
        public uint udiag_vfs_dev;
    }

    /// <summary>struct unix_diag_rqlen of linux/unix_diag.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UnixDiagQueue
    {
        public uint udiag_rqueue;
        public uint udiag_wqueue;
    }
}
