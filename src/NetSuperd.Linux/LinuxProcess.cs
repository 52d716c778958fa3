using System.Globalization;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Import.Inetd;

namespace NetSuperd.Linux;

/// <summary>This process on Linux.</summary>
internal sealed class LinuxProcess : IOwnProcess
{
    // Places behind the name of the program in /proc/self/stat: num_threads and rss.
    private const int ThreadsAt = 17;
    private const int ResidentAt = 21;

    /// <summary>The path of the control socket where the map names none; null where there is none.</summary>
    public static string? DefaultControl =>
        ControlPath.Default(ProcessIdentity.EffectiveUserId, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <inheritdoc/>
    public uint UserId => ProcessIdentity.EffectiveUserId;

    /// <inheritdoc/>
    public bool IsRoot => ProcessIdentity.IsRoot;

    /// <inheritdoc/>
    public string MoreDescriptors => "raise its limit (LimitNOFILE=, ulimit -n)";

    /// <inheritdoc/>
    public string UserName => ProcessIdentity.UserName;

    /// <inheritdoc/>
    public long DescriptorLimit => Native.Descriptors.Limit;

    /// <inheritdoc/>
    public long Descriptors => Native.Descriptors.Count();

    /// <inheritdoc/>
    public int CurrentThread => ThreadUse.CurrentThread;

    /// <inheritdoc/>
    public Surroundings Surroundings()
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
            DefaultControl)
        {
            Descriptors = (long)Math.Min(HardLimit.Of(LimitedResource.RLIMIT_NOFILE), long.MaxValue),
            HardLimits = HardLimit.All(),
            MaySetGroups = ProcessIdentity.MaySetGroups,
            Stack = HardLimit.SoftOf(LimitedResource.RLIMIT_STACK),
            MostStack = HardLimit.Of(LimitedResource.RLIMIT_STACK),
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

    /// <inheritdoc/>
    public void AllowDescriptors(long least, long wanted) => Native.Descriptors.Allow(least, wanted);

    /// <inheritdoc/>
    public (long? ResidentBytes, int? Threads) Use()
    {
        var stat = Stat();
        return (Number(stat, ResidentAt) * Environment.SystemPageSize, (int?)Number(stat, ThreadsAt));
    }

    /// <inheritdoc/>
    public ThreadUse? UseOf(int thread) => ThreadUse.Of(thread);

    /// <inheritdoc/>
    public BlockingCall CallOf(Thread thread, int number) => BlockingCall.Of(thread, number);

    private static string[] Stat()
    {
        try
        {
            // The name may have any letter, also a bracket and a space.
            var text = File.ReadAllText("/proc/self/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left, or there is no /proc.
            return [];
        }
    }

    private static long? Number(string[] fields, int at) =>
        at < fields.Length && long.TryParse(fields[at], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Without /proc nothing is known, and no capability is assumed.
            return [];
        }
    }
}
