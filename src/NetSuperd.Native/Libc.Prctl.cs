using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/prctl.h
internal static partial class Libc
{
    public const int PR_SET_DUMPABLE = 4;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prctl(int option, nuint first);
}
