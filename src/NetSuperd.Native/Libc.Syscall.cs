using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/syscall.h, linux/openat2.h: calls for which the C library of Debian 12 has no function
internal static unsafe partial class Libc
{
    public const nint SYS_pidfd_send_signal = 424;
    public const nint SYS_pidfd_open = 434;
    public const nint SYS_openat2 = 437;
    public const nint SYS_pidfd_getfd = 438;
    public const ulong RESOLVE_IN_ROOT = 0x10;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, void* second, void* third, nint fourth);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, SafeHandle first, nint second, nint third, nint fourth);
}
