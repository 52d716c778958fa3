using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>How many descriptors this process has, and may have.</summary>
public static class Descriptors
{
    /// <summary>How many the process may have (getrlimit(2), RLIMIT_NOFILE, the soft limit).</summary>
    public static unsafe long Limit
    {
        get
        {
            var limits = stackalloc ulong[2];
            return Libc.getrlimit(LimitedResource.RLIMIT_NOFILE, limits) < 0
                ? throw Libc.Failure("getrlimit", $"{LimitedResource.RLIMIT_NOFILE}")
                : (long)Math.Min(limits[0], long.MaxValue);
        }
    }

    /// <summary>
    /// How many the process has (proc(5), <c>/proc/self/fd</c>); where none is left to count them with, as many as it may have.
    /// </summary>
    public static long Count()
    {
        // Since Linux 6.2 the size of the folder is their number, for which no descriptor is needed.
        if (FileStatus.Of("/proc/self/fd") is { Size: > 0 and var size })
        {
            return Math.Min((long)size, Limit);
        }

        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (IOException failure) when ((Errno)failure.HResult is Errno.EMFILE or Errno.ENFILE)
        {
            return Limit;
        }
    }

    /// <summary>Whether one more can be had.</summary>
    public static bool HasOne()
    {
        var copy = Libc.fcntl(2, Libc.F_DUPFD_CLOEXEC, 0);
        return copy >= 0 && Libc.close(copy) == 0;
    }

    /// <summary>
    /// The hard limit that the process was started with; children get no higher one, whatever <see cref="Allow"/> does for the daemon.
    /// </summary>
    public static ulong GivenLimit { get; } = HardLimit.Of(LimitedResource.RLIMIT_NOFILE);

    /// <summary>Whether <see cref="Allow"/> has raised the hard limit.</summary>
    public static bool IsRaised => HardLimit.Of(LimitedResource.RLIMIT_NOFILE) > GivenLimit;

    /// <summary>Raises the limit; also the hard limit where needed, which takes CAP_SYS_RESOURCE. It is never lowered.</summary>
    /// <param name="least">The number that must be allowed.</param>
    /// <param name="wanted">The number that is requested, where the process may have it.</param>
    /// <exception cref="CallException">The system does not allow the least.</exception>
    public static void Allow(long least, long wanted)
    {
        // Noted by the first call: another process may change it later (prlimit(2)).
        var given = GivenLimit;
        if (Limit < wanted && given < (ulong)wanted && !TrySet(wanted) && Limit < least && !TrySet(least))
        {
            throw Libc.Failure("setrlimit", $"{LimitedResource.RLIMIT_NOFILE}, {least}");
        }
    }

    /// <summary>Whether the process may have so many, or may be allowed them.</summary>
    public static bool AreAllowed(long count) => Limit >= count || TrySet(count);

    private static unsafe bool TrySet(long limit)
    {
        var limits = stackalloc ulong[2];
        limits[0] = limits[1] = Math.Max((ulong)limit, HardLimit.Of(LimitedResource.RLIMIT_NOFILE));
        return Libc.setrlimit(LimitedResource.RLIMIT_NOFILE, limits) == 0;
    }
}
