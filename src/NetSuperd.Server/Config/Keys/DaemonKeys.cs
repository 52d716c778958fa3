using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[daemon]</c>.</summary>
internal static class DaemonKeys
{
    public static readonly Key<DaemonSection, string> Control = new(
        "control",
        Scope.Always,
        new PathKind(relative: true),
        section => section.Control,
        "the unix socket that netsuperd status and the other commands ask, for root and the daemon's user only; "
        + "default: /run/netsuperd/control.sock, or $XDG_RUNTIME_DIR/netsuperd/control.sock where the daemon is not root, "
        + "and none where that variable is not set");

    public static readonly Key<DaemonSection, string> PidFile = new(
        "pid_file",
        Scope.Always,
        new PathKind(relative: true),
        section => section.PidFile,
        "the file that holds the daemon's process id while it runs; everybody may read it");

    public static readonly Key<DaemonSection, TimeSpan> Drain = new Key<DaemonSection, TimeSpan>(
        "drain",
        Scope.Always,
        new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(24)),
        section => section.Drain,
        "how long a stop waits for connections to end before it aborts them").Or(TimeSpan.FromSeconds(30));

    public static readonly Key<DaemonSection, DrainChildren> DrainChildren = new Key<DaemonSection, DrainChildren>(
        "drain_children",
        Scope.Always,
        new WordKind<DrainChildren>(("terminate", Config.DrainChildren.Terminate), ("leave", Config.DrainChildren.Leave)),
        section => section.DrainChildren,
        "what a stop does with children: asks them to end, and kills those that are left after drain; or leaves them alone")
        .Or(Config.DrainChildren.Terminate);

    public static readonly Key<DaemonSection, TimeSpan> RestartLinger = new Key<DaemonSection, TimeSpan>(
        "restart_linger",
        Scope.Always,
        new DurationKind(TimeSpan.Zero, TimeSpan.FromDays(30)),
        section => section.RestartLinger,
        "how long connections of handlers live on in the old process after a restart before it aborts them").Or(TimeSpan.FromHours(1));

    public static readonly Key<DaemonSection, OnUnavailable> OnUnavailable = new Key<DaemonSection, OnUnavailable>(
        "on_unavailable",
        Scope.Always,
        new WordKind<OnUnavailable>(("refuse", Config.OnUnavailable.Refuse), ("skip", Config.OnUnavailable.Skip)),
        section => section.OnUnavailable,
        "what a start does where a program, a user, a folder or an address of a service is missing: refuse, or skip that service, "
        + "which is then failed; an address is tried again").Or(Config.OnUnavailable.Refuse);

    public static readonly Key<DaemonSection, Limit<int>> MaxConnections = new Key<DaemonSection, Limit<int>>(
        "max_connections",
        Scope.Always,
        new LimitKind<int>(new IntegerKind(1, AdmissionKeys.MostConnections, AdmissionKeys.OrUnlimited)),
        section => Limit.Of(section.MaxConnections),
        "how many connections and children all services may have at once").Or(new Limit<int>(10_000));

    public static readonly Key<DaemonSection, string> Plugins = new(
        "plugins",
        Scope.Always,
        new PathKind(relative: true),
        section => section.Plugins,
        "the folder of plugins; default: plugins beside the executable");

    public static readonly IReadOnlyList<Key<DaemonSection>> All =
    [
        Control, PidFile, Drain, DrainChildren, RestartLinger, OnUnavailable, MaxConnections, Plugins,
    ];
}
