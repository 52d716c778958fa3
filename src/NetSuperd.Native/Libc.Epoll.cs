using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/epoll.h, sys/eventfd.h
internal static unsafe partial class Libc
{
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
    public const int EPOLL_CLOEXEC = O_CLOEXEC;
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
}
