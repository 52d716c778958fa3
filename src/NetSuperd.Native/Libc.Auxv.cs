using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/auxv.h, with a constant of elf.h
internal static partial class Libc
{
    public const int AT_EXECFN = 31;

    [LibraryImport(Library)]
    internal static partial nint getauxval(nuint type);
}
