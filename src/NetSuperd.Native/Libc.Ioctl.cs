using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/ioctl.h, linux/sockios.h
internal static unsafe partial class Libc
{
    public const nint SIOCGSTAMPNS_OLD = 0x8907;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeHandle fd, nint request, TimeSpec* argument);
}
