namespace NetSuperd.Platform;

/// <summary>The facts about the process and the system that a load needs.</summary>
/// <param name="UserId">The effective user.</param>
/// <param name="FirstFreePort">The first port that every user may bind, ip(7) <c>ip_unprivileged_port_start</c>.</param>
/// <param name="MayBindAny">Whether the process has CAP_NET_BIND_SERVICE, capabilities(7).</param>
/// <param name="MayRaiseLimits">Whether the process has CAP_SYS_RESOURCE, capabilities(7).</param>
/// <param name="MostDescriptors">The most descriptors that a process may be allowed, proc(5) <c>/proc/sys/fs/nr_open</c>.</param>
/// <param name="DefaultControl">
/// The path of the control socket where the map names none; null: there is none.
/// </param>
public sealed record Surroundings(
    uint UserId, int FirstFreePort, bool MayBindAny, bool MayRaiseLimits, ulong MostDescriptors, string? DefaultControl)
{
    /// <summary>How many descriptors the process may have after raising its own limit.</summary>
    public long Descriptors
    {
        get => MayRaiseLimits ? Math.Max(field, (long)Math.Min(MostDescriptors, long.MaxValue)) : field;
        init;
    } = long.MaxValue;

    /// <summary>
    /// The hard limits of the process (getrlimit(2)), which only CAP_SYS_RESOURCE raises, by the numbers of the resources. A system without
    /// such limits has none here.
    /// </summary>
    public IReadOnlyList<ulong> HardLimits { get; init; } = [];

    /// <summary>The hard limit of a resource; <see cref="ulong.MaxValue"/> for none.</summary>
    public ulong HardLimitOf(LimitedResource resource) =>
        (int)resource < HardLimits.Count ? HardLimits[(int)resource] : ulong.MaxValue;

    /// <summary>What TCP Fast Open is on for, ip(7) <c>tcp_fastopen</c>.</summary>
    public int FastOpen { get; init; }

    /// <summary>Where the packages of Debian on this system are listed; null: nowhere.</summary>
    public string? Packages { get; init; }

    /// <summary>The folder of hosts.allow and hosts.deny, which tcpd(8) asks; null: there is none.</summary>
    public string? HostsAccess { get; init; }

    /// <summary>Whether the process has CAP_NET_RAW, capabilities(7).</summary>
    public bool MayOpenRaw { get; init; }

    /// <summary>Whether it may use addresses of other hosts, which needs CAP_NET_ADMIN or CAP_NET_RAW (ip(7), IP_TRANSPARENT).</summary>
    public bool MayUseAnyAddress { get; init; }

    /// <summary>Whether enough ports are outside of net.ipv4.ip_local_port_range for connections from the addresses of clients.</summary>
    public bool HasFixedPorts { get; init; }

    /// <summary>Whether root may set supplementary groups, which a user namespace may forbid.</summary>
    public bool MaySetGroups { get; init; } = true;

    /// <summary>
    /// The stack limit that children have where the map gives them none, in bytes (getrlimit(2), RLIMIT_STACK, the soft limit).
    /// </summary>
    public ulong Stack { get; init; } = ulong.MaxValue;

    /// <summary>The greatest stack limit that the map may give them without a hard limit of its own.</summary>
    public ulong MostStack { get; init; } = ulong.MaxValue;
}
