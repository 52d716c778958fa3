using System.Runtime.InteropServices;

namespace NetSuperd.Native;

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
