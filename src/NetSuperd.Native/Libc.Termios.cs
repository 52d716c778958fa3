using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// termios.h
internal static unsafe partial class Libc
{
    public const int NCCS = 32;
    public const uint ICANON = 2;
    public const uint ECHO = 8;
    public const int TCSANOW = 0;
    public const int VTIME = 5;
    public const int VMIN = 6;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcgetattr(SafeHandle fd, Termios* settings);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcsetattr(SafeHandle fd, int actions, Termios* settings);

    /// <summary>struct termios of termios(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Termios
    {
        public uint c_iflag;
        public uint c_oflag;
        public uint c_cflag;
        public uint c_lflag;
        public byte c_line;
        public fixed byte c_cc[NCCS];
        public uint c_ispeed;
        public uint c_ospeed;
    }
}
