namespace NetSuperd.Native;

/// <summary>How many descriptors the process has left.</summary>
public static class Descriptors
{
    /// <summary>How many the process may have (getrlimit(2), RLIMIT_NOFILE, the soft limit).</summary>
    public static unsafe long Limit
    {
        get
        {
            var limits = stackalloc ulong[2];
            return Libc.getrlimit(Libc.RLIMIT_NOFILE, limits) < 0
                ? throw LibcException.Last("getrlimit", "RLIMIT_NOFILE")
                : (long)Math.Min(limits[0], long.MaxValue);
        }
    }

    /// <summary>The number that the next descriptor would get, which is the lowest that is free (open(2)); null when none is left.</summary>
    public static int? LowestFree()
    {
        var copy = Libc.fcntl(2, Libc.F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
        {
            return null;
        }

        _ = Libc.close(copy);
        return copy;
    }
}
