using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The hard limits of this process (getrlimit(2)), which only CAP_SYS_RESOURCE raises.</summary>
public static class HardLimit
{
    /// <summary>All of them, by the numbers of the resources.</summary>
    public static ulong[] All()
    {
        var limits = new ulong[(int)LimitedResource.RLIMIT_RTTIME + 1];
        for (var resource = 0; resource < limits.Length; resource++)
        {
            limits[resource] = Of((LimitedResource)resource);
        }

        return limits;
    }

    /// <summary>The limit; <see cref="ulong.MaxValue"/> for none.</summary>
    /// <param name="resource">The resource.</param>
    /// <exception cref="CallException">There is no such resource.</exception>
    public static unsafe ulong Of(LimitedResource resource)
    {
        var limits = stackalloc ulong[2];
        return Libc.getrlimit(resource, limits) == 0 ? limits[1] : throw Libc.Failure("getrlimit", $"{resource}");
    }

    /// <summary>The soft limit, which the process has; <see cref="ulong.MaxValue"/> for none.</summary>
    /// <inheritdoc cref="Of"/>
    public static unsafe ulong SoftOf(LimitedResource resource)
    {
        var limits = stackalloc ulong[2];
        return Libc.getrlimit(resource, limits) == 0 ? limits[0] : throw Libc.Failure("getrlimit", $"{resource}");
    }
}
