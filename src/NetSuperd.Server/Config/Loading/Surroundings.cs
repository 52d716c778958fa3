using System.Globalization;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Import.Inetd;

namespace NetSuperd.Server.Config.Loading;

/// <summary>The facts about the process and the system that a load needs.</summary>
/// <param name="UserId">The effective user.</param>
/// <param name="FirstFreePort">The first port that every user may bind, ip(7) <c>ip_unprivileged_port_start</c>.</param>
/// <param name="MayBindAny">Whether the process has CAP_NET_BIND_SERVICE, capabilities(7).</param>
/// <param name="MayRaiseLimits">Whether the process has CAP_SYS_RESOURCE, capabilities(7).</param>
/// <param name="MostDescriptors">The most descriptors that a process may be allowed, proc(5) <c>/proc/sys/fs/nr_open</c>.</param>
/// <param name="DefaultControl">
/// The path of the control socket where the map names none, <see cref="ControlPath"/>; null: there is none.
/// </param>
internal sealed record Surroundings(
    uint UserId, int FirstFreePort, bool MayBindAny, bool MayRaiseLimits, ulong MostDescriptors, string? DefaultControl)
{
    /// <summary>How many descriptors the process may have after raising its own limit.</summary>
    public long Descriptors
    {
        get => MayRaiseLimits ? Math.Max(field, (long)Math.Min(MostDescriptors, long.MaxValue)) : field;
        init;
    } = (long)Math.Min(HardLimit.Of(LimitedResource.RLIMIT_NOFILE), long.MaxValue);

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
    public bool MaySetGroups { get; init; } = ProcessIdentity.MaySetGroups;

    /// <summary>
    /// The stack limit that children have where the map gives them none, in bytes (getrlimit(2), RLIMIT_STACK, the soft limit).
    /// </summary>
    public ulong Stack { get; init; } = HardLimit.SoftOf(LimitedResource.RLIMIT_STACK);

    /// <summary>The greatest stack limit that the map may give them without a hard limit of its own.</summary>
    public ulong MostStack { get; init; } = HardLimit.Of(LimitedResource.RLIMIT_STACK);

    /// <summary>The user of the process, also where the system has no name for it.</summary>
    public UserEntry User() => NameService.User(UserId) ?? new UserEntry($"{UserId}", UserId, UserId, "/", "/bin/sh");

    /// <summary>The facts about this process.</summary>
    public static Surroundings OfProcess()
    {
        var (user, capabilities) = (0u, 0ul);
        foreach (var line in Lines("/proc/self/status"))
        {
            // Uid: real effective saved filesystem
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["Uid:", _, var effective, ..])
            {
                _ = uint.TryParse(effective, CultureInfo.InvariantCulture, out user);
            }
            else if (fields is ["CapEff:", var mask])
            {
                _ = ulong.TryParse(mask, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out capabilities);
            }
        }

        var first = Lines("/proc/sys/net/ipv4/ip_unprivileged_port_start").FirstOrDefault();
        return new Surroundings(
            user,
            int.TryParse(first, CultureInfo.InvariantCulture, out var port) ? port : 1024,
            ((Capability)capabilities).HasFlag(Capability.NetBindService),
            ((Capability)capabilities).HasFlag(Capability.SysResource),
            ulong.TryParse(Lines("/proc/sys/fs/nr_open").FirstOrDefault(), CultureInfo.InvariantCulture, out var most)
                ? most
                : ulong.MaxValue,
            ControlPath.OfProcess())
        {
            Packages = DebianInetd.Packages,
            HostsAccess = "/etc",
            MayOpenRaw = ((Capability)capabilities).HasFlag(Capability.NetRaw),
            MayUseAnyAddress = ((Capability)capabilities & (Capability.NetAdmin | Capability.NetRaw)) != 0,
            HasFixedPorts = FixedPorts.Refresh(),
            FastOpen = int.TryParse(Lines("/proc/sys/net/ipv4/tcp_fastopen").FirstOrDefault(), CultureInfo.InvariantCulture, out var fast)
                ? fast
                : 0,
        };
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Without /proc nothing is known: only root's files are trusted, and no capability is assumed.
            return [];
        }
    }
}
