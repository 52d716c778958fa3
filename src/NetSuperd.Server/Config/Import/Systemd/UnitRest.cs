using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>The keys of a unit that no key of a map stands for: each is a finding. A fence never vanishes silently.</summary>
internal static class UnitRest
{
    private static readonly string[] Fences =
    [
        "Protect", "Private", "Restrict", "SystemCall", "Capability", "Ambient", "SecureBits", "ReadOnly", "ReadWrite", "Inaccessible",
        "ExecPaths", "NoExecPaths", "ExecSearchPath", "Temporary", "Bind", "Memory", "CPU", "Allowed", "Startup", "Tasks", "IO", "IP",
        "Device",
        "AppArmor", "SELinux", "Smack", "Lock", "Keyring", "Network", "Root", "Mount", "Slice", "Delegate", "Proc", "RemoveIPC",
        "Personality",
        "LoadCredential", "SetCredential", "PAM", "OOM", "ManagedOOM", "BPF", "SocketBind", "Extension", "NUMA", "Disable", "Coredump",
    ];

    private static readonly string[] Hooks =
    [
        "ExecStartPre", "ExecStartPost", "ExecCondition", "ExecReload", "ExecStop", "ExecStopPre", "ExecStopPost",
    ];

    // What a superserver does anyway, or what says nothing about a client's service.
    private static readonly string[] Harmless =
    [
        "Accept", "Type", "Restart", "RestartSec", "RemainAfterExit", "SyslogIdentifier", "SyslogFacility", "SyslogLevel", "KillMode",
        "SendSIGKILL", "SendSIGHUP", "TimeoutSec", "TimeoutStartSec", "TimeoutStopSec", "SuccessExitStatus", "CollectMode", "NotifyAccess",
        "StandardInput", "StandardOutput", "StandardError", "Service", "Sockets", "IgnoreSIGPIPE", "UtmpIdentifier", "UtmpMode",
        "NonBlocking", "FlushPending", "DirectoryMode", "GuessMainPID", "BusName", "PIDFile", "LogRateLimitIntervalSec",
        "LogRateLimitBurst",
        "BindIPv6Only", "SocketProtocol", "ReusePort", "FreeBind", "Transparent", "NoDelay", "KeepAlive", "KeepAliveTimeSec",
        "KeepAliveIntervalSec", "KeepAliveProbes", "RemoveOnStop", "TTYReset", "TTYVHangup", "TTYVTDisallocate",
    ];

    /// <summary>Says what becomes of the keys that are left.</summary>
    public static void Say(ImportedMap map, Unit unit)
    {
        foreach (var entry in unit.Others)
        {
            Say(map, entry);
        }
    }

    private static void Say(ImportedMap map, UnitEntry entry)
    {
        var (key, at) = (entry.Key.Text, entry.Key.At);
        if (entry.Section == "Unit")
        {
            SayOfUnit(map, key, entry.Value.Text, at);
        }
        else if (entry.Section == "Install" || key.StartsWith("X-", StringComparison.Ordinal) || Harmless.Contains(key))
        {
            map.Kept(at, $"{key} has no part in the map");
        }
        else if (Hooks.Contains(key))
        {
            map.Lost(at, $"the command of {key} is not run: let the program of the service do it, or a script that starts the program");
        }
        else if (Fence(entry))
        {
            map.Lost(
                at,
                $"{key}={entry.Value.Text} fenced the program in, and nothing does so here: see user, chroot, no_new_privs and limits, or "
                + "leave the service to systemd");
        }
        else
        {
            SayOfOthers(map, key, entry.Value.Text, at);
        }
    }

    // IPTOS and IPTTL and BindToDevice begin like a fence; where they are left they are for another kind of socket.
    private static bool Fence(UnitEntry entry) =>
        entry.Section == "Service" && Array.Exists(Fences, fence => entry.Key.Text.StartsWith(fence, StringComparison.Ordinal));

    private static void SayOfUnit(ImportedMap map, string key, string value, Position at)
    {
        if (key.StartsWith("Condition", StringComparison.Ordinal) || key.StartsWith("Assert", StringComparison.Ordinal))
        {
            map.Lost(at, $"{key}={value} is not asked: the service is there whenever the daemon runs; enabled = false switches it off");
        }
        else if (key is "Description" or "Documentation" or "DefaultDependencies" or "SourcePath")
        {
            map.Kept(at, $"{key} has no part in the map");
        }
        else
        {
            map.ChangedOnce(at, "the daemon does not start, stop and order other units: write those that a service needs into its own "
                + "unit");
        }
    }

    private static void SayOfOthers(ImportedMap map, string key, string value, Position at) => map.Lost(at, key switch
    {
        "PassCredentials" or "PassSecurity" or "PassPIDFD" or "PassPacketInfo" or "PassRights" or "AcceptFileDescriptors"
            or "Timestamping" =>
            $"{key} is not set on the socket: the program can set it itself with setsockopt(2)",
        "Broadcast" => "SO_BROADCAST is not set on the socket: the program can set it itself with setsockopt(2)",
        "Symlinks" => $"the links {value} to the socket are not made: make them once, such as with tmpfiles.d(5)",
        "RuntimeDirectory" or "StateDirectory" or "CacheDirectory" or "LogsDirectory" or "ConfigurationDirectory" =>
            $"the folder of {key}={value} is not made: make it once for the user of the service, such as with tmpfiles.d(5)",
        _ when key.StartsWith("XAttr", StringComparison.Ordinal) || key.StartsWith("Smack", StringComparison.Ordinal)
            || key.StartsWith("SELinux", StringComparison.Ordinal) => $"{key}={value} is not set on the socket: labels are left to the "
                + "system's policy",
        _ => $"{key}={value} has no equivalent here, and is left out",
    });
}
