using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>
/// The C library: every signature once, names and constants spelt as in the headers. Callers pass descriptors as SafeHandles, which
/// keeps one from being closed, and its number from being given to somebody else, while a call uses it.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    // unistd.h, fcntl.h
    public const int F_GETFD = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int FD_CLOEXEC = 1;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
    public const int O_ASYNC = 0x2000;
    public const int O_NOFOLLOW = 0x20000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int F_ADD_SEALS = 1033;
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;
    public const int F_SEAL_WRITE = 8;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(SafeHandle folder, string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint readlinkat(SafeHandle folder, string path, byte* buffer, nint size);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlinkat(SafeHandle folder, string path, int flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat(SafeHandle folder, string path, SafeHandle newFolder, string newPath);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkdirat(SafeHandle folder, string path, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint getxattr(string path, string name, byte* value, nint size);

    [LibraryImport(Library)]
    internal static partial int gettid();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Library)]
    internal static partial int dup2(int fd, int newfd);

    [LibraryImport(Library)]
    internal static partial void _exit(int status);

    [LibraryImport(Library)]
    internal static partial int getppid();

    // union sigval is as large as a pointer, and an int stands at its beginning: both architectures are little-endian.
    [LibraryImport(Library)]
    internal static partial int sigqueue(int pid, int sig, nint value);

    [LibraryImport(Library)]
    internal static partial int execv(byte* path, byte** argv);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(int fd, int cmd, int arg);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(SafeHandle fd, int cmd, int arg);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int pipe2(int* fds, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(SafeHandle fd, byte* buffer, nint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(SafeHandle fd, byte* buffer, nint count);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int chmod(string path, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fchownat(SafeHandle folder, string path, uint owner, uint group, int flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchown(SafeHandle fd, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmod(SafeHandle fd, uint mode);

    [LibraryImport(Library)]
    internal static partial int umask(int mask);

    [LibraryImport(Library)]
    internal static partial uint geteuid();

    // sys/mman.h
    public const uint MFD_CLOEXEC = 1;
    public const uint MFD_ALLOW_SEALING = 2;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);

    // sys/resource.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setrlimit(int resource, ulong* limits);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prlimit(int pid, int resource, ulong* limits, ulong* previous);

    // signal.h
    public const int SIGCHLD = 17;
    public const int SIGXFSZ = 25;
    public const int SIG_IGN = 1;
    public const int SIG_SETMASK = 2;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint signal(int signum, nint handler);

    [LibraryImport(Library)]
    internal static partial int pthread_sigmask(int how, void* set, void* previous);

    // spawn.h
    public const short POSIX_SPAWN_SETSIGDEF = 0x04;
    public const short POSIX_SPAWN_SETSIGMASK = 0x08;
    public const short POSIX_SPAWN_SETSID = 0x80;

    // Room for posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t; a test compares with sizeof.
    public const int SizeOfFileActions = 80;
    public const int SizeOfSpawnAttributes = 336;
    public const int SizeOfSignalSet = 128;

    [LibraryImport(Library)]
    internal static partial int posix_spawn(int* pid, byte* path, void* fileActions, void* attributes, byte** argv, byte** envp);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newfd);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_addclosefrom_np(void* actions, int from);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, void* set);

    // sys/wait.h, sys/pidfd.h (the C library of Debian 12 has no wrappers for the latter)
    public const int WNOHANG = 1;
    public const nint SYS_pidfd_send_signal = 424;
    public const nint SYS_pidfd_open = 434;
    public const nint SYS_openat2 = 437;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int wait4(int pid, int* status, int options, ResourceUsage* usage);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, void* second, void* third, nint fourth);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, SafeHandle first, nint second, nint third, nint fourth);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    // sys/epoll.h, sys/eventfd.h
    public const int EPOLL_CLOEXEC = O_CLOEXEC;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
    public const uint EPOLLIN = 1;
    public const uint EPOLLPRI = 2;
    public const uint EPOLLOUT = 4;
    public const uint EPOLLERR = 8;
    public const uint EPOLLHUP = 0x10;
    public const uint EPOLLRDHUP = 0x2000;
    public const uint EPOLLET = 1u << 31;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_ctl(SafeHandle epoll, int op, SafeHandle fd, byte* e);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_wait(SafeHandle epoll, byte* events, int maxEvents, int timeout);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint initial, int flags);

    // sys/socket.h, sys/un.h
    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int AF_NETLINK = 16;
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
    public const int SO_PEERCRED = 17;
    public const int SO_PEERGROUPS = 59;
    public const int SO_RCVTIMEO = 20;
    public const int SO_SNDTIMEO = 21;
    public const int SO_BINDTODEVICE = 25;
    public const int SO_ATTACH_FILTER = 26;
    public const int SO_DETACH_FILTER = 27;
    public const int SO_ACCEPTCONN = 30;
    public const int SO_TIMESTAMPNS = 35;
    public const int SO_PROTOCOL = 38;
    public const int SO_DOMAIN = 39;
    public const int SO_COOKIE = 57;
    public const int SO_DETACH_REUSEPORT_BPF = 68;
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_UDP = 17;
    public const int IPPROTO_IPV6 = 41;
    public const int IP_PKTINFO = 8;
    public const int IP_RECVERR = 11;
    public const int IP_MULTICAST_IF = 32;
    public const int MCAST_LEAVE_GROUP = 45;
    public const int UDP_CORK = 1;
    public const int IPV6_MTU = 24;
    public const int IPV6_RECVERR = 25;
    public const int IPV6_RECVPKTINFO = 49;
    public const int IPV6_PKTINFO = 50;
    public const int IPV6_V6ONLY = 26;
    public const int MSG_PEEK = 2;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_ERRQUEUE = 0x2000;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;
    public const int SCM_RIGHTS = 1;
    public const int SizeOfUnixPath = 108;

    /// <summary>The size of struct sockaddr_storage.</summary>
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

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint send(SafeHandle socket, void* buffer, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recv(SafeHandle socket, void* buffer, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int recvmmsg(SafeHandle socket, MultiMessage* messages, uint count, int flags, TimeSpec* timeout);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sendmmsg(SafeHandle socket, MultiMessage* messages, uint count, int flags);

    // time.h, sys/time.h
    public const int CLOCK_MONOTONIC = 1;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int clock_gettime(int clock, TimeSpec* time);

    /// <summary>struct timespec of clock_gettime(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public long tv_sec;
        public long tv_nsec;
    }

    /// <summary>struct timeval of socket(7), SO_RCVTIMEO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeValue
    {
        public long tv_sec;
        public long tv_usec;
    }

    // poll.h
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLHUP = 0x10;
    public const short POLLRDHUP = 0x2000;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(PollDescriptor* fds, nuint nfds, int timeout);

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int fd;
        public short events;
        public short revents;
    }

    /// <summary>struct iovec of readv(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Part
    {
        public void* iov_base;
        public nint iov_len;
    }

    /// <summary>struct msghdr of recvmsg(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public void* msg_name;
        public uint msg_namelen;
        public void* msg_iov;
        public nint msg_iovlen;
        public void* msg_control;
        public nint msg_controllen;
        public int msg_flags;
    }

    /// <summary>struct mmsghdr of recvmmsg(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MultiMessage
    {
        public MessageHeader msg_hdr;
        public uint msg_len;
    }

    /// <summary>struct in_pktinfo of ip(7); addresses in network byte order.</summary>
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

    /// <summary>struct cmsghdr of cmsg(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ControlHeader
    {
        public nint cmsg_len;
        public int cmsg_level;
        public int cmsg_type;
    }
}
