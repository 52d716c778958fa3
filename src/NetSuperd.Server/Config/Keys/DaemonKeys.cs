using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[daemon]</c>.</summary>
internal static class DaemonKeys
{
    public static readonly Key<DaemonSection, string> Control = new(
        "control",
        Scope.Always,
        new PathKind(relative: true, "/run/netsuperd/control.sock"),
        section => section.Control,
        "the unix socket to which netsuperd status and the other commands connect, for root and the daemon's user only; "
        + "default for root: /run/netsuperd/control.sock; for another user: "
        + "$XDG_RUNTIME_DIR/netsuperd/control.sock, and none if that variable is not set; on Windows the named pipe '\\\\.\\pipe\\NAME', "
        + "for administrators and the daemon's account only; default: '\\\\.\\pipe\\netsuperd'");

    public static readonly Key<DaemonSection, uint> StatusGroup = new(
        "status_group",
        Scope.Always,
        new IdentityKind("group", "adm", (names, name) => names.Group(name)),
        section => section.StatusGroup,
        "the group whose users may ask the daemon: netsuperd status, connections, explain and events, at status.sock in the folder of the "
        + "control socket; default: none, and there is no such socket");

    public static readonly Key<DaemonSection, string> OperatorTokenFile = new(
        "operator_token_file",
        Scope.Always,
        new PathKind(relative: true, "/etc/netsuperd/operator.token"),
        section => section.OperatorTokenFile,
        "a file with a secret of at least 32 characters, which only root and the daemon's user may read: a client of status.sock "
        + "that sends it may also pause, resume, abort and reload; default: none, and no client may");

    public static readonly Key<DaemonSection, string> PidFile = new(
        "pid_file",
        Scope.Always,
        new PathKind(relative: true, "/run/netsuperd.pid"),
        section => section.PidFile,
        "the file that holds the process id of the daemon while it runs, readable by every user; default: none");

    public static readonly Key<DaemonSection, TimeSpan> Drain = new Key<DaemonSection, TimeSpan>(
        "drain",
        Scope.Always,
        new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(24)),
        section => section.Drain,
        "how long a stop waits for connections to end before it aborts them").WithDefault(TimeSpan.FromSeconds(30));

    public static readonly Key<DaemonSection, DrainChildren> DrainChildren = new Key<DaemonSection, DrainChildren>(
        "drain_children",
        Scope.Always,
        new WordKind<DrainChildren>(("terminate", Config.DrainChildren.Terminate), ("leave", Config.DrainChildren.Leave)),
        section => section.DrainChildren,
        "what a stop does with children: "
        + "\"terminate\" asks them to end and kills those that still run after drain, \"leave\" leaves them running")
        .WithDefault(Config.DrainChildren.Terminate);

    public static readonly Key<DaemonSection, TimeSpan> RestartLinger = new Key<DaemonSection, TimeSpan>(
        "restart_linger",
        Scope.Always,
        new DurationKind(TimeSpan.Zero, TimeSpan.FromDays(30)),
        section => section.RestartLinger,
        "how long the old process keeps connections of handlers after a restart before it aborts them").WithDefault(TimeSpan.FromHours(1));

    public static readonly Key<DaemonSection, OnUnavailable> OnUnavailable = new Key<DaemonSection, OnUnavailable>(
        "on_unavailable",
        Scope.Always,
        new WordKind<OnUnavailable>(("refuse", Config.OnUnavailable.Refuse), ("skip", Config.OnUnavailable.Skip)),
        section => section.OnUnavailable,
        "what a start does if a program, a user, a folder or an address of a service is missing: "
        + "\"refuse\" ends it, \"skip\" serves the other services; the service is then failed, and a missing address is tried again")
        .WithDefault(Config.OnUnavailable.Refuse);

    public static readonly Key<DaemonSection, Limit<int>> MaxConnections = new Key<DaemonSection, Limit<int>>(
        "max_connections",
        Scope.Always,
        new LimitKind<int>(new IntegerKind(1, AdmissionKeys.MostConnections, AdmissionKeys.OrUnlimited)),
        section => Limit.Of(section.MaxConnections),
        "how many connections and children all services together may have at once").WithDefault(new Limit<int>(10_000));

    public static readonly Key<DaemonSection, string> Plugins = new(
        "plugins",
        Scope.Always,
        new PathKind(relative: true, "/usr/local/lib/netsuperd/plugins"),
        section => section.Plugins,
        "the folder that holds the plugins; default: the folder plugins beside the executable");

    public static readonly Key<DaemonSection, bool> RawSockets = new Key<DaemonSection, bool>(
        "raw_sockets",
        Scope.Always,
        new BooleanKind(),
        section => section.RawSockets,
        "true: the map may have raw sockets, by which a service reads the packets of a protocol above IP, and sends such packets")
        .WithDefault(false);

    public static readonly IReadOnlyList<Key<DaemonSection>> All =
    [
        Control, StatusGroup, OperatorTokenFile, PidFile, Drain, DrainChildren, RestartLinger, OnUnavailable, MaxConnections, Plugins,
        RawSockets,
    ];

    /// <summary>A key with its section, for what also names keys of services.</summary>
    public static string FullName(Key<DaemonSection> key) => $"{MapKeys.Daemon}.{key.Name}";
}
