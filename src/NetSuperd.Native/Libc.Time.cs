using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// time.h, sys/time.h
internal static unsafe partial class Libc
{
    public const int CLOCK_MONOTONIC = 1;

    // CPUCLOCK_SCHED of the kernel's linux/posix-timers.h: the last three bits of the number of a process's clock.
    private const int ProcessorClock = 2;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int clock_gettime(int clock, TimeSpec* time);

    /// <summary>The clock of the CPU time of a process, clock_getcpuclockid(3).</summary>
    internal static int ClockOf(int pid) => (~pid << 3) | ProcessorClock;

    /// <summary>struct timespec of clock_gettime(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public long tv_sec;
        public long tv_nsec;
    }

    /// <summary>struct timeval of socket(7), SO_RCVTIMEO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeValue
    {
        public long tv_sec;
        public long tv_usec;
    }
}
