using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config;

/// <summary>
/// A service: what serves a connection. Exactly one of <see cref="Handler"/>, <see cref="Program"/> and <see cref="Forward"/> is set.
/// </summary>
public sealed record Service
{
    /// <summary>The name in <c>[services.NAME]</c>, or the handler's where the map has no such table.</summary>
    public required string Name { get; init; }

    /// <summary>The handler that serves inside the daemon or in a worker, a built-in or a plugin's; null for a child.</summary>
    public string? Handler { get; init; }

    /// <summary>The table <c>[services.NAME.settings]</c>, for the handler.</summary>
    public required Settings Settings { get; init; }

    /// <summary>How its connections are encrypted; null: they are not.</summary>
    public TlsPlan? Tls { get; init; }

    /// <summary>Where its connections are forwarded, by a worker; null: it serves them itself.</summary>
    public ForwardPlan? Forward { get; init; }

    /// <summary>When the first of its certificates expires; null: it has none.</summary>
    internal DateTimeOffset? CertificateExpires
    {
        get
        {
            var (clients, targets) = (Tls?.Expires, Forward?.TlsTo?.Certificate?.Expires);
            return clients < targets ? clients : targets ?? clients;
        }
    }

    /// <summary>The program that is started for each connection; null for a handler or a forward.</summary>
    public ChildProgram? Program { get; init; }

    /// <summary>What the children of some clients get instead; the first entry that has a client decides.</summary>
    public ImmutableArray<ClientRule> Clients { get; init; } = [];

    /// <summary>
    /// The process in which the handler serves or connections are forwarded, with the rights of that process; null: the handler serves
    /// inside the daemon.
    /// </summary>
    public WorkerProgram? Worker { get; init; }

    /// <summary>The user, the limits and everything else of the process that serves clients; null: the daemon's.</summary>
    internal ChildProgram? Rights => Program ?? Worker?.Rights;

    /// <summary>What serves its clients.</summary>
    public ServiceKind Kind => Program switch
    {
        null => Forward is null ? ServiceKind.Handler : ServiceKind.Forward,
        { IsServer: true } => ServiceKind.Server,
        { Wait: true } => ServiceKind.Wait,
        _ => ServiceKind.Child,
    };

    /// <summary>Whether it does nothing before a client comes.</summary>
    internal bool NeedsClients => Enabled && Kind != ServiceKind.Server;

    /// <summary>Whether a server runs all the time that binds its sockets itself.</summary>
    internal bool IsServerWithoutSocket => this is { Enabled: true, Kind: ServiceKind.Server, Program.Fds: ChildFds.None };

    /// <summary>Which clients are admitted.</summary>
    public required Admission Admission { get; init; }

    /// <summary>Which of its connections the log names.</summary>
    public required LoggedConnections Log { get; init; }

    /// <summary>What the line of a connection's end has.</summary>
    public required LogFacts LogFields { get; init; }

    /// <summary>
    /// The filter of its datagram sockets with addresses, which its children read themselves; null: they receive what every sender sends.
    /// </summary>
    public SocketFilter? Filter { get; init; }

    /// <summary>Whether it serves. The sockets of a disabled service are not bound, and its names are not looked up.</summary>
    public required bool Enabled { get; init; }

    /// <summary>
    /// What the service lacks on this system, where <c>daemon.on_unavailable</c> allows that: a program, a folder, a user, a group. Its
    /// children cannot be started, and its sockets stay in the map without being bound. Null: nothing.
    /// </summary>
    public string? Unavailable { get; init; }

    /// <summary>The keys that its own table has; what it gets from <c>[defaults]</c> is not among them.</summary>
    public IReadOnlyList<string> Written { get; init; } = [];

    /// <summary>Whether its children are root, although its own table does not say so.</summary>
    internal bool IsRootUnsaid => Program is { User.UserId: 0 } && !Written.Contains(ServiceKeys.User.Name);

    /// <summary>Where the service is defined: its table, or the value in <c>[ports]</c> that names a handler without one.</summary>
    public required Position At { get; init; }

    /// <summary>Where the handler's name or the target of a forward stands; the same as <see cref="At"/> for a child.</summary>
    public required Position HandlerAt { get; init; }
}
