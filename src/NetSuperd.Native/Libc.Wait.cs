using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/wait.h
internal static unsafe partial class Libc
{
    public const int WNOHANG = 1;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int wait4(int pid, int* status, int options, ResourceUsage* usage);
}
