using System.Collections.Immutable;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config;

/// <summary>
/// The program of a service's children: path, arguments and environment. No byte of a peer is part of it. The defaults are those of
/// <see cref="Keys.ServiceKeys"/>.
/// </summary>
public sealed record ChildProgram
{
    /// <summary>The <c>PATH</c> of every child whose map names none.</summary>
    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The absolute path of the program.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments after the program's name.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>The program's name as it sees it, <c>argv[0]</c>; default: the path.</summary>
    public required string Argv0 { get; init; }

    /// <summary>The absolute path of the working directory.</summary>
    public required string Cwd { get; init; }

    /// <summary>The file mode creation mask, umask(2).</summary>
    public required int Umask { get; init; }

    /// <summary>Variables that the map sets.</summary>
    public required ImmutableSortedDictionary<string, string> Env { get; init; }

    /// <summary>The folders of <c>PATH</c>: those of <see cref="Env"/>, or those that every child has.</summary>
    internal IEnumerable<string> SearchPath => Env.GetValueOrDefault("PATH", UsualPath).Split(':').Where(folder => folder.StartsWith('/'));

    /// <summary>Whether it is the daemon's own program, in which handlers serve.</summary>
    internal bool IsWorker { get; init; }

    /// <summary>Names of variables that the child gets from the daemon's own environment, where they are set there.</summary>
    public required ImmutableArray<string> PassEnv { get; init; }

    /// <summary>
    /// The environment of all children, each entry <c>NAME=value</c>: only the variables of the daemon's own environment that the map
    /// passes on.
    /// </summary>
    internal IReadOnlyCollection<string> Environment
    {
        get
        {
            var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = UsualPath,
                ["USER"] = User.Name,
                ["LOGNAME"] = User.Name,
                ["HOME"] = User.Home,
                ["SHELL"] = User.Shell.Length > 0 ? User.Shell : "/bin/sh",
            };
            foreach (var (name, value) in IsWorker ? WorkerProgram.RuntimeVariables(Limits) : [])
            {
                variables[name] = value;
            }

            foreach (var name in PassEnv)
            {
                if (System.Environment.GetEnvironmentVariable(name) is { } value)
                {
                    variables[name] = value;
                }
            }

            foreach (var (name, value) in Env)
            {
                variables[name] = value;
            }

            return [.. variables.Select(variable => $"{variable.Key}={variable.Value}")];
        }
    }

    /// <summary>The user that the child runs as; the daemon's own where the daemon is not root.</summary>
    public required UserEntry User { get; init; }

    /// <summary>The primary group; default: the user's.</summary>
    public required uint Group { get; init; }

    /// <summary>The name of a group that does not exist on this system, where <see cref="Group"/> has no id; null otherwise.</summary>
    internal string? UnknownGroup { get; init; }

    /// <summary>The supplementary groups.</summary>
    public required ChildGroups Groups { get; init; }

    /// <summary>
    /// The folder that is the child's root directory, chroot(2); null: the daemon's. <see cref="Path"/> and <see cref="Cwd"/> are below it.
    /// </summary>
    public required string? Chroot { get; init; }

    /// <summary>The scheduling priority, setpriority(2), -20 to 19; null: the daemon's.</summary>
    public required int? Nice { get; init; }

    /// <summary>Whether programs that the child executes cannot gain rights, PR_SET_NO_NEW_PRIVS(2const).</summary>
    public required bool NoNewPrivs { get; init; }

    /// <summary>Whether the capability bounding set of the children is to be empty: nothing that they execute may gain rights.</summary>
    internal bool HasNoBounds(uint daemon) => daemon == 0 && User.UserId != 0 && NoNewPrivs;

    /// <summary>Whether the children may forge what they send by a raw socket.</summary>
    public required bool Forge { get; init; }

    /// <summary>Whether the service has a raw socket.</summary>
    public bool HasRawSocket { get; init; }

    /// <summary>Resource limits, setrlimit(2), in the order of their names; <c>nofile</c> is always among them.</summary>
    public required ImmutableArray<ResourceLimit> Limits { get; init; }

    /// <summary>Where standard error goes.</summary>
    public required ChildStderr Stderr { get; init; }

    /// <summary>How long its connection stays open after its end, until the client has ended its part; null: not at all.</summary>
    public TimeSpan? Linger { get; init; }

    /// <summary>How the child finds its socket.</summary>
    public required ChildFds Fds { get; init; }

    /// <summary>
    /// Whether a client starts a child that inherits the listening or datagram socket itself, which rests until the child has ended;
    /// otherwise there is a child per connection, or a server.
    /// </summary>
    public required bool Wait { get; init; }

    /// <summary>When the program is started.</summary>
    public required ChildStart Start { get; init; }

    /// <summary>After which ends a server is started again.</summary>
    public required ServerRestart Restart { get; init; }

    /// <summary>Whether a server tells by sd_notify(3) when it is ready.</summary>
    public required bool Notify { get; init; }

    /// <summary>The signal that asks a child to end.</summary>
    public required int StopSignal { get; init; }

    /// <summary>What happens to a child that has the sockets themselves, when another map wants another child or none.</summary>
    public required ChangeAction OnChange { get; init; }

    /// <summary>
    /// How many children share the listening sockets from the start; null: one, which a client starts.
    /// </summary>
    public required int? Processes { get; init; }

    /// <summary>After which time without clients the children that have the sockets are asked to end; null: after none.</summary>
    public required TimeSpan? IdleStop { get; init; }

    /// <summary>How long a server may take until it is ready; null: without limit.</summary>
    public required TimeSpan? StartTimeout { get; init; }

    /// <summary>How often a server has to say that it is alive; null: it need not.</summary>
    public required TimeSpan? Watchdog { get; init; }

    /// <summary>Whether it is a server: one child that runs all the time, and accepts its clients itself.</summary>
    public bool IsServer => Start == ChildStart.Always;

    /// <summary>Whether a child has the listening and datagram sockets themselves.</summary>
    public bool HasSockets => Wait || IsServer;
}

/// <summary>What happens to a child that another map, or a pause of its service, has made obsolete.</summary>
public enum ChangeAction
{
    /// <summary>It is asked to end, and another child takes its place.</summary>
    Replace,

    /// <summary>It serves to its own end.</summary>
    Leave,
}

/// <summary>When a program is started.</summary>
public enum ChildStart
{
    /// <summary>When a client comes: <c>"demand"</c>.</summary>
    Demand,

    /// <summary>With the daemon, and again whenever it has ended: <c>"always"</c>.</summary>
    Always,
}

/// <summary>After which ends a server is started again.</summary>
public enum ServerRestart
{
    /// <summary>After every end.</summary>
    Always,

    /// <summary>After an exit status other than 0, a signal other than HUP, INT and TERM, and a failed start.</summary>
    Failure,

    /// <summary>After none.</summary>
    Never,
}

/// <summary>The supplementary groups of a child.</summary>
/// <param name="Choice">The choice of the map.</param>
/// <param name="Ids">The groups themselves.</param>
public sealed record ChildGroups(GroupsChoice Choice, ImmutableArray<uint> Ids)
{
    /// <summary>The names in a list that do not exist on this system.</summary>
    internal ImmutableArray<string> Unknown { get; init; } = [];
}

/// <summary>The choices of supplementary groups.</summary>
public enum GroupsChoice
{
    /// <summary>The user's groups, initgroups(3): <c>"init"</c>.</summary>
    Init,

    /// <summary>None at all: <c>"none"</c>.</summary>
    None,

    /// <summary>A list.</summary>
    Listed,
}

/// <summary>A limit of setrlimit(2).</summary>
/// <param name="Name">The resource in lower case, without <c>RLIMIT_</c>: <c>nofile</c>.</param>
/// <param name="Soft">The soft limit in the unit of setrlimit(2); <see cref="Unlimited"/> for none.</param>
/// <param name="Hard">The hard limit; null: it stays as it is.</param>
public sealed record ResourceLimit(string Name, ulong Soft, ulong? Hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;
}

/// <summary>Where a child's standard error goes.</summary>
public enum ChildStderr
{
    /// <summary>Line by line into the log.</summary>
    Log,

    /// <summary>To the peer, as inetd does.</summary>
    Socket,

    /// <summary>To /dev/null.</summary>
    Null,
}

/// <summary>How a child finds its socket.</summary>
public enum ChildFds
{
    /// <summary>On 0 and 1, as inetd does.</summary>
    Stdio,

    /// <summary>From 3, as sd_listen_fds(3) says.</summary>
    Listen,

    /// <summary>It has none, since the program binds its sockets itself.</summary>
    None,

    /// <summary>It has none: 0 and 1 are pipes, and the daemon copies between them and the connection.</summary>
    Pipes,
}
