namespace NetSuperd.Native;

/// <summary>The hard limits of this process (getrlimit(2)), which only CAP_SYS_RESOURCE raises.</summary>
public static class HardLimit
{
    // asm-generic/resource.h
    public const int RLIMIT_CPU = 0;
    public const int RLIMIT_FSIZE = 1;
    public const int RLIMIT_DATA = 2;
    public const int RLIMIT_STACK = 3;
    public const int RLIMIT_CORE = 4;
    public const int RLIMIT_RSS = 5;
    public const int RLIMIT_NPROC = 6;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_MEMLOCK = 8;
    public const int RLIMIT_AS = 9;
    public const int RLIMIT_LOCKS = 10;
    public const int RLIMIT_SIGPENDING = 11;
    public const int RLIMIT_MSGQUEUE = 12;
    public const int RLIMIT_NICE = 13;
    public const int RLIMIT_RTPRIO = 14;
    public const int RLIMIT_RTTIME = 15;

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
