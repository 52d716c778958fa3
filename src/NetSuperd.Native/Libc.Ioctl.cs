using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/ioctl.h, linux/sockios.h, asm-generic/ioctls.h
internal static unsafe partial class Libc
{
    public const nint SIOCGSTAMPNS_OLD = 0x8907;
    public const nint SIOCOUTQ = 0x5411;
    public const nint TIOCGWINSZ = 0x5413;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeHandle fd, nint request, TimeSpec* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeHandle fd, nint request, WindowSize* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeHandle fd, nint request, int* argument);

    /// <summary>struct winsize of ioctl_tty(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct WindowSize
    {
        public ushort ws_row;
        public ushort ws_col;
        public ushort ws_xpixel;
        public ushort ws_ypixel;
    }
}
