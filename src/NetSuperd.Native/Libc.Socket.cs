using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/socket.h, sys/un.h
internal static unsafe partial class Libc
{
    public const int AF_UNSPEC = 0;
    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int AF_NETLINK = 16;
    public const int AF_VSOCK = 40;
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_CLOEXEC = O_CLOEXEC;
    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_TYPE = 3;
    public const int SO_ERROR = 4;
    public const int SO_BROADCAST = 6;
    public const int SO_LINGER = 13;
    public const int SO_REUSEPORT = 15;
    public const int SO_PASSCRED = 16;
    public const int SO_PEERCRED = 17;
    public const int SO_RCVTIMEO = 20;
    public const int SO_SNDTIMEO = 21;
    public const int SO_BINDTODEVICE = 25;
    public const int SO_ATTACH_FILTER = 26;
    public const int SO_DETACH_FILTER = 27;
    public const int SO_LOCK_FILTER = 44;
    public const int SO_ACCEPTCONN = 30;
    public const int SO_TIMESTAMPNS = 35;
    public const int SO_PROTOCOL = 38;
    public const int SO_DOMAIN = 39;
    public const int SO_MEMINFO = 55;
    public const int SO_COOKIE = 57;
    public const int SO_PEERGROUPS = 59;
    public const int SO_DETACH_REUSEPORT_BPF = 68;
    public const int MSG_PEEK = 2;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_ERRQUEUE = 0x2000;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;
    public const int SCM_RIGHTS = 1;
    public const int SCM_CREDENTIALS = 2;
    public const int SHUT_WR = 1;
    public const int SHUT_RDWR = 2;

    // Of sun_path in struct sockaddr_un, and of struct sockaddr_storage.
    public const int SizeOfUnixPath = 108;
    public const int SizeOfAnyAddress = 128;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, int* fds);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int bind(SafeHandle socket, byte* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(SafeHandle socket, byte* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockname(SafeHandle socket, byte* address, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getpeername(SafeHandle socket, byte* address, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int listen(SafeHandle socket, int backlog);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(SafeHandle socket, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int accept4(SafeHandle socket, void* address, uint* length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockopt(SafeHandle socket, int level, int name, void* value, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsockopt(SafeHandle socket, int level, int name, void* value, uint length);
}
