namespace NetSuperd.Native;

/// <summary>The hard limits of this process (getrlimit(2)), which only CAP_SYS_RESOURCE raises.</summary>
public static class HardLimit
{
    public const int RLIMIT_CPU = Libc.RLIMIT_CPU;
    public const int RLIMIT_FSIZE = Libc.RLIMIT_FSIZE;
    public const int RLIMIT_DATA = Libc.RLIMIT_DATA;
    public const int RLIMIT_STACK = Libc.RLIMIT_STACK;
    public const int RLIMIT_CORE = Libc.RLIMIT_CORE;
    public const int RLIMIT_RSS = Libc.RLIMIT_RSS;
    public const int RLIMIT_NPROC = Libc.RLIMIT_NPROC;
    public const int RLIMIT_NOFILE = Libc.RLIMIT_NOFILE;
    public const int RLIMIT_MEMLOCK = Libc.RLIMIT_MEMLOCK;
    public const int RLIMIT_AS = Libc.RLIMIT_AS;
    public const int RLIMIT_LOCKS = Libc.RLIMIT_LOCKS;
    public const int RLIMIT_SIGPENDING = Libc.RLIMIT_SIGPENDING;
    public const int RLIMIT_MSGQUEUE = Libc.RLIMIT_MSGQUEUE;
    public const int RLIMIT_NICE = Libc.RLIMIT_NICE;
    public const int RLIMIT_RTPRIO = Libc.RLIMIT_RTPRIO;
    public const int RLIMIT_RTTIME = Libc.RLIMIT_RTTIME;

    /// <summary>The limit; <see cref="ulong.MaxValue"/> for none.</summary>
    /// <param name="resource">The number of the resource: <see cref="RLIMIT_NOFILE"/>.</param>
    /// <exception cref="LibcException">There is no such resource.</exception>
    public static unsafe ulong Of(int resource)
    {
        var limits = stackalloc ulong[2];
        return Libc.getrlimit(resource, limits) == 0 ? limits[1] : throw LibcException.Last("getrlimit", $"{resource}");
    }

    /// <summary>The soft limit, which the process has; <see cref="ulong.MaxValue"/> for none.</summary>
    /// <inheritdoc cref="Of"/>
    public static unsafe ulong SoftOf(int resource)
    {
        var limits = stackalloc ulong[2];
        return Libc.getrlimit(resource, limits) == 0 ? limits[0] : throw LibcException.Last("getrlimit", $"{resource}");
    }
}
