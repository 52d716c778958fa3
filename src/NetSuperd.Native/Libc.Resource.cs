using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

// sys/resource.h
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getrlimit(LimitedResource resource, ulong* limits);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setrlimit(LimitedResource resource, ulong* limits);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prlimit(int pid, LimitedResource resource, ulong* limits, ulong* previous);

    /// <summary>struct rusage of getrusage(2) on 64-bit Linux; the fields that Linux does not maintain are left unnamed.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct ResourceUsage
    {
        public long ru_utime_sec;
        public long ru_utime_usec;
        public long ru_stime_sec;
        public long ru_stime_usec;
        public long ru_maxrss;
    }
}
