using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[services.NAME]</c>, and of <c>[defaults]</c> but for those that make a service. Those of admission are in
/// <see cref="AdmissionKeys"/>.</summary>
internal static class ServiceKeys
{
    private const Scope DefaultExec = Scope.Exec | Scope.Defaults;
    private const Scope DefaultProcess = DefaultExec | Scope.Handler | Scope.Forward;

    private static readonly LimitKind<TimeSpan> ServerTime = new(new DurationKind(
        TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(7), otherwise: "," + AdmissionKeys.OrUnlimited));

    private static readonly IdentityKind GroupKind = new("group", "www-data", (names, name) => names.Group(name));

    public static readonly Key<Service, string> Handler = new(
        "handler",
        Scope.Handler,
        ServiceName.Kind,
        service => service.Handler,
        "the handler, built in or a plugin's, that serves inside the daemon or, with user or worker, in a process of its own");

    public static readonly Key<Service, Settings> Settings = new(
        "settings",
        Scope.Handler,
        new SettingsKind(),
        service => service.Settings.Values.Count > 0 ? service.Settings : null,
        "the settings of the handler, which defines their keys");

    public static readonly Key<Service, TlsPlan> Tls = new(
        "tls",
        Scope.Handler | Scope.Forward | Scope.Exec,
        new TlsKind(),
        service => service.Tls,
        "the service is encrypted: certificate and key are PEM files, or arrays of them, chosen by the name that the client asks for; "
        + "client_ca asks clients for a certificate, and require_client = true turns away those that have none; min is \"1.2\" or \"1.3\"; "
        + "alpn lists application protocols; handshake_timeout is 10s by default; a worker does the handshake, and serves or passes on the "
        + "plain bytes");

    public static readonly Key<Service, ImmutableArray<string>> Exec = new(
        "exec",
        Scope.Exec,
        new ExecKind(),
        service => service.Program is { } program ? ImmutableArray.Create([program.Path, .. program.Arguments]) : null,
        "the program that is started for each connection, and its arguments");

    public static readonly Key<Service, ImmutableArray<ClientRule>> Clients = new(
        "clients",
        Scope.Exec,
        new ClientsKind(),
        service => service.Clients is [] ? null : service.Clients,
        "what the children of some clients get: the first entry whose from has the client, a peer or an array of peers as in allow, adds "
        + "the variables of its env and, if it has exec, starts that program instead");

    public static readonly Key<Service, string> Argv0 = new(
        "argv0",
        DefaultExec,
        new StringKind("a string", _ => true, "", "ftpd"),
        service => service.Program?.Argv0,
        "the name that the program gets as argv[0]; default: its path");

    public static readonly Key<Service, bool> Wait = new Key<Service, bool>(
        "wait",
        DefaultExec,
        new BooleanKind(),
        service => service.Program is { IsServer: false } program ? program.Wait : null,
        "true: one child inherits the listening or datagram socket itself, and the socket rests until that child has ended")
        .WithDefault(false);

    public static readonly Key<Service, ChildStart> Start = new Key<Service, ChildStart>(
        "start",
        DefaultExec,
        new WordKind<ChildStart>(("demand", ChildStart.Demand), ("always", ChildStart.Always)),
        service => service.Program?.Start,
        "when the program is started: when a client comes, or with the daemon as a server that runs all the time")
        .WithDefault(ChildStart.Demand);

    public static readonly Key<Service, ServerRestart> Restart = new Key<Service, ServerRestart>(
        "restart",
        DefaultExec,
        new WordKind<ServerRestart>(
            ("always", ServerRestart.Always), ("failure", ServerRestart.Failure), ("never", ServerRestart.Never)),
        service => service.Program is { IsServer: true } program ? program.Restart : null,
        "whether a server with start = \"always\" is started again when it has ended: after every end, after a failure, or never")
        .WithDefault(ServerRestart.Always);

    public static readonly Key<Service, bool> Notify = new Key<Service, bool>(
        "notify",
        DefaultExec,
        new BooleanKind(),
        service => service.Program is { IsServer: true } program ? program.Notify : null,
        "true: a server with start = \"always\" tells by NOTIFY_SOCKET, sd_notify(3), when it is ready, and how it is")
        .WithDefault(false);

    public static readonly Key<Service, Limit<TimeSpan>> StartTimeout = new Key<Service, Limit<TimeSpan>>(
        "start_timeout",
        DefaultExec,
        ServerTime,
        service => service.Program is { Notify: true } program ? Limit.Of(program.StartTimeout) : null,
        "how long a server with notify = true may take until it is ready, before it is ended and started again")
        .WithDefault(new Limit<TimeSpan>(TimeSpan.FromSeconds(90)));

    public static readonly Key<Service, Limit<TimeSpan>> Watchdog = new Key<Service, Limit<TimeSpan>>(
        "watchdog",
        DefaultExec,
        ServerTime,
        service => service.Program is { Notify: true } program ? Limit.Of(program.Watchdog) : null,
        "how long a server with notify = true may be silent, sd_watchdog_enabled(3), before it is ended and started again")
        .WithDefault(Limit<TimeSpan>.None);

    public static readonly Key<Service, int> StopSignal = new Key<Service, int>(
        "stop_signal",
        DefaultExec,
        new SignalKind(),
        service => service.Program?.StopSignal,
        "the signal that asks a child to end, before SIGKILL ends it; a running child keeps the one with which it was started")
        .WithDefault(SignalName.SIGTERM);

    public static readonly Key<Service, ChangeAction> OnChange = new Key<Service, ChangeAction>(
        "on_change",
        DefaultExec,
        new WordKind<ChangeAction>(("replace", ChangeAction.Replace), ("leave", ChangeAction.Leave)),
        service => service.Program is { Wait: true } program ? program.OnChange : null,
        "what happens to a child with wait = true when its service is removed, changed or paused: "
        + "it is asked to end and replaced, or left to its own end").WithDefault(ChangeAction.Replace);

    public static readonly Key<Service, int> Processes = new(
        "processes",
        DefaultExec,
        new IntegerKind(1, 1000),
        service => service.Program is { Wait: true } program ? program.Processes : null,
        "how many children with wait = true share the listening sockets from the start, each replaced when it has ended; "
        + "default: one child, which a client starts");

    public static readonly Key<Service, Limit<TimeSpan>> IdleStop = new Key<Service, Limit<TimeSpan>>(
        "idle_stop",
        DefaultExec,
        ServerTime,
        service => service.Program is { Wait: true } program ? Limit.Of(program.IdleStop) : null,
        "how long the children with wait = true may be without a connection and a datagram, before they are asked to end; "
        + "the next client starts them again").WithDefault(Limit<TimeSpan>.None);

    public static readonly Key<Service, UserEntry> User = new(
        "user",
        DefaultProcess,
        new UserKind(),
        service => service.Rights?.User,
        "the user that children run as; unless it is root, they keep none of the daemon's rights; required if the daemon is root; "
        + "default: the daemon's user; on a service with a handler: the user of the process, a worker, in which the handler serves; on one "
        + "with forward: the user of the worker that forwards, which is nobody by default if the daemon is root");

    public static readonly Key<Service, string> Worker = new(
        "worker",
        Scope.Handler | Scope.Forward,
        ServiceName.Kind,
        service => service.Worker?.Name,
        "the name of the process in which the handler serves or the service forwards; services that name the same worker share it, and "
        + "need the same user, groups, limits and so on; default: none, or with user = \"NAME\" one that all services with the same rights "
        + "share");

    public static readonly Key<Service, uint> Group = new(
        "group",
        DefaultProcess,
        GroupKind,
        service => service.Rights switch
        {
            { UnknownGroup: { } name } => new UnresolvedName(TomlWriter.Text(name)),
            { Group: NameCache.NoId } => null,
            var program => program?.Group,
        },
        "the primary group of children; default: the user's");

    public static readonly Key<Service, ChildGroups> Groups = new Key<Service, ChildGroups>(
        "groups",
        DefaultProcess,
        new GroupsKind(GroupKind),
        service => service.Rights?.Groups,
        "the supplementary groups of children; \"init\" means the groups that group(5) lists for the user")
        .WithDefault(new ChildGroups(GroupsChoice.Init, []));

    public static readonly Key<Service, string> Chroot = new(
        "chroot",
        DefaultExec,
        new PathKind(relative: false, "/srv/jail"),
        service => service.Program?.Chroot,
        "the root directory of children, chroot(2); the paths of the program and cwd are below it; default: the daemon's");

    public static readonly Key<Service, int> Nice = new(
        "nice",
        DefaultProcess,
        new IntegerKind(-20, 19),
        service => service.Rights?.Nice,
        "the scheduling priority of children; default: the daemon's");

    public static readonly Key<Service, bool> NoNewPrivs = new Key<Service, bool>(
        "no_new_privs",
        DefaultProcess,
        new BooleanKind(),
        service => service.Rights?.NoNewPrivs,
        "PR_SET_NO_NEW_PRIVS: the programs that a child executes gain no rights, not even set-user-ID programs").WithDefault(true);

    public static readonly Key<Service, bool> Forge = new Key<Service, bool>(
        "forge",
        Scope.Exec,
        new BooleanKind(),
        service => service.Program is { HasRawSocket: true } program ? program.Forge : null,
        "true: children may send packets with forged headers by a raw socket; otherwise the system refuses the calls for that")
        .WithDefault(false);

    public static readonly Key<Service, ImmutableArray<ResourceLimit>> Limits = new Key<Service, ImmutableArray<ResourceLimit>>(
        "limits",
        DefaultProcess,
        new LimitsKind(),
        service => service.Rights?.Limits,
        "resource limits of children, setrlimit(2); "
        + $"a single value sets both the soft and the hard limit; without nofile its soft limit is {LimitsKind.Default[0].Soft}")
        .WithDefault(LimitsKind.Default);

    public static readonly Key<Service, ChildStderr> Stderr = new Key<Service, ChildStderr>(
        "stderr",
        DefaultExec,
        new WordKind<ChildStderr>(("log", ChildStderr.Log), ("socket", ChildStderr.Socket), ("null", ChildStderr.Null)),
        service => service.Program?.Stderr,
        "where standard error of children goes: line by line into the log, to the peer, or nowhere").WithDefault(ChildStderr.Log);

    public static readonly Key<Service, TimeSpan> Linger = new(
        "linger",
        Scope.Exec,
        new DurationKind(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)),
        service => service.Program?.Linger,
        "how long the connection of a child stays open after its end until the client ends its part as well: a client whose data the "
        + "child has not read would see a reset, and could lose the answer; the daemon keeps a copy of the connection until then, and so "
        + "the client sees the end of the answer when the child ends, not before; default: not at all");

    public static readonly Key<Service, ChildFds> Fds = new Key<Service, ChildFds>(
        "fds",
        DefaultExec,
        new WordKind<ChildFds>(("stdio", ChildFds.Stdio), ("listen", ChildFds.Listen), ("none", ChildFds.None),
            ("pipes", ChildFds.Pipes)),
        service => service.Program?.Fds,
        "how a child gets its socket: as standard input and output, as descriptors from 3 on with LISTEN_FDS, sd_listen_fds(3), "
        + "or not at all, since a server binds its sockets itself; \"pipes\" is for Windows alone, and the default there: standard input "
        + "and output are pipes, and the daemon copies between them and the connection")
        .WithDefault(ChildFds.Stdio);

    public static readonly Key<Service, string> Cwd = new Key<Service, string>(
        "cwd", DefaultProcess, new PathKind(relative: false, "/srv"), service => service.Rights?.Cwd, "the working directory of children")
        .WithDefault("/");

    public static readonly Key<Service, int> Umask = new Key<Service, int>(
        "umask",
        DefaultProcess,
        new OctalKind(3, "022"),
        service => service.Rights?.Umask,
        "the file mode creation mask of children, umask(2)").WithDefault(Convert.ToInt32("022", 8));

    public static readonly Key<Service, ImmutableSortedDictionary<string, string>> Env =
        new Key<Service, ImmutableSortedDictionary<string, string>>(
            "env", DefaultProcess, new VariablesKind(), service => service.Rights?.Env, "environment variables of children")
        .WithDefault(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    public static readonly Key<Service, ImmutableArray<string>> PassEnv = new Key<Service, ImmutableArray<string>>(
        "pass_env",
        DefaultProcess,
        new StringsKind("an array of names of variables", ["LANG"], Variable.Complaint),
        service => service.Rights?.PassEnv,
        "environment variables that children get from the daemon's own environment").WithDefault([]);

    public static readonly Key<Service, bool> Enabled = new Key<Service, bool>(
        "enabled",
        DefaultProcess,
        new BooleanKind(),
        service => service.Enabled,
        "false: no socket of the service is bound").WithDefault(true);

    public static readonly Key<Service, LoggedConnections> Log = new Key<Service, LoggedConnections>(
        "log",
        DefaultProcess,
        new WordKind<LoggedConnections>(
            ("all", LoggedConnections.All), ("refusals", LoggedConnections.Refusals), ("none", LoggedConnections.None)),
        service => service.Log,
        "which connections the log names: all, by their start and end; only those that are refused or end by a signal, a time limit, an "
        + "abort or a lost worker, or whose target is lost; or none; errors and warnings of the service are logged in any case")
        .WithDefault(LoggedConnections.All);

    public static readonly Key<Service, LogFacts> LogFields = new Key<Service, LogFacts>(
        "log_fields",
        DefaultProcess,
        new WordSetKind<LogFacts>(
            ("pid", LogFacts.Pid), ("exit", LogFacts.Exit), ("duration", LogFacts.Duration), ("bytes", LogFacts.Bytes),
            ("cpu", LogFacts.Cpu), ("memory", LogFacts.Memory), ("local", LogFacts.Local), ("target", LogFacts.Target)),
        service => service.LogFields,
        "what the line of the end has beside connection, service, peer and kind of end, if it is known: the child's process id and exit "
        + "status or signal, the duration, the bytes of a handler, the child's processor time and peak memory, the local address, "
        + "and the target of a forward")
        .WithDefault(LogFacts.Default);

    private static readonly Key<Service>[] OfServer = [Start, Restart, Notify, StartTimeout, Watchdog];

    /// <summary>Keys that older versions lack: at its default, none is part of what a child was given.</summary>
    public static readonly IReadOnlyList<Key<Service>> Newer = [.. OfServer, Forge];

    // They matter when a child starts or ends, and not while it runs.
    private static readonly Key<Service>[] OfEnd = [StopSignal, OnChange, Processes, IdleStop];

    private static readonly Key<Service>[] Child =
    [
        Exec, Clients, Argv0, Wait, .. OfServer, .. OfEnd, User, Group, Groups, Cwd, Chroot, Umask, Nice, NoNewPrivs, Forge, Limits, Env,
        PassEnv, Stderr, Linger, Fds,
    ];

    /// <summary>What the process of a worker is given.</summary>
    public static readonly IReadOnlyList<Key<Service>> OfWorker =
        [User, Group, Groups, Cwd, Umask, Nice, NoNewPrivs, Limits, Env, PassEnv];

    public static readonly IReadOnlyList<Key<Service>> All =
        [Handler, Settings, Worker, Tls, .. ForwardKeys.All, .. Child, .. AdmissionKeys.All, Log, LogFields, Enabled];

    /// <summary>The names of the keys whose values only root and the daemon's user may see.</summary>
    public static readonly IReadOnlySet<string> Secrets = new HashSet<string> { Env.Name, Clients.Name, Settings.Name };

    /// <summary>The keys whose change cannot reach a child that shares a socket: it reads or accepts every client itself.</summary>
    public static readonly IReadOnlyList<Key<Service>> OfChild =
        [.. Child.Except(OfEnd), AdmissionKeys.Allow, AdmissionKeys.Deny, AdmissionKeys.Times, AdmissionKeys.TimeZone];

    /// <summary>The kinds of service, for the keys that fit them.</summary>
    public static Scope ScopeOf(Service service) => service.Program is not null ? Scope.Exec
        : service.Forward is not null ? Scope.Forward
        : Scope.Handler;
}
