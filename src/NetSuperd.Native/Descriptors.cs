namespace NetSuperd.Native;

/// <summary>How many descriptors the process has, and may have.</summary>
public static class Descriptors
{
    /// <summary>How many the process may have (getrlimit(2), RLIMIT_NOFILE, the soft limit).</summary>
    public static unsafe long Limit
    {
        get
        {
            var limits = stackalloc ulong[2];
            return Libc.getrlimit(HardLimit.RLIMIT_NOFILE, limits) < 0
                ? throw LibcException.Last("getrlimit", "RLIMIT_NOFILE")
                : (long)Math.Min(limits[0], long.MaxValue);
        }
    }

    /// <summary>How many the process has (proc(5), <c>/proc/self/fd</c>).</summary>
    public static int Count() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    /// <summary>Whether one more can be had.</summary>
    public static bool HasOne()
    {
        var copy = Libc.fcntl(2, Libc.F_DUPFD_CLOEXEC, 0);
        return copy >= 0 && Libc.close(copy) == 0;
    }
}
