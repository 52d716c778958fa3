using System.Text.Json;
using System.Text.Json.Serialization;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>What <c>netsuperd status --json</c> prints; netsuperd(8) has the meaning of each member.</summary>
public sealed record DaemonStatus(
    int Pid,
    string? Config,
    long Connections,
    LimitUse? MaxConnections,
    IReadOnlyList<ServiceStatus> Services,
    IReadOnlyList<SocketStatus> Sockets,
    IReadOnlyList<LingeringProcess> Lingering,
    string? Version = null)
{
    /// <summary>The service of a name.</summary>
    public ServiceStatus Service(string name) => Services.Single(service => service.Name == name);

    /// <summary>Connections that wait in the backlogs of a service.</summary>
    public long Waiting(string service) => Sockets.Where(socket => socket.Service == service).Sum(socket => socket.Waiting ?? 0);
}

/// <summary>A service in <see cref="DaemonStatus"/>.</summary>
public sealed record ServiceStatus(
    string Name,
    string Kind,
    string State,
    string? Reason,
    DateTimeOffset Since,
    long Live,
    IReadOnlyDictionary<string, long> Ends,
    IReadOnlyDictionary<string, long> Reasons,
    IReadOnlyDictionary<string, long> Datagrams,
    IReadOnlyList<LimitUse> Limits,
    ServerStatus? Server = null,
    string? User = null,
    WorkerStatus? Worker = null,
    DateTimeOffset? CertificateExpires = null)
{
    /// <summary>How much of a limit is used.</summary>
    public LimitUse Use(string limit) => Limits.Single(use => use.Limit == limit);
}

/// <summary>The server in a <see cref="ServiceStatus"/>.</summary>
public sealed record ServerStatus(
    int? Pid, DateTimeOffset? Since, long Restarts, string? LastEnd, DateTimeOffset? LastEndAt, string? Status = null);

/// <summary>The worker in a <see cref="ServiceStatus"/>.</summary>
public sealed record WorkerStatus(string? Name, int? Pid);

/// <summary>How much of a limit is used, of how much.</summary>
public sealed record LimitUse(string Limit, long Used, long Most);

/// <summary>A socket in <see cref="DaemonStatus"/>.</summary>
public sealed record SocketStatus(
    string Socket, string Transport, string Service, string State, string? Reason, long? Waiting, long? Dropped);

/// <summary>A process that a restart has replaced, in <see cref="DaemonStatus"/>.</summary>
public sealed record LingeringProcess(int Pid, long? Connections, string? Version = null);

/// <summary>A connection or child that <c>netsuperd connections --json</c> lists.</summary>
public sealed record ListedConnection(
    long Id, string Service, string Local, string Peer, long? Received, long? Sent, string? State, double? RttMs, int? Pid, int Process,
    string? Protocol = null, string? Proxy = null, string? Target = null);

/// <summary>What <c>netsuperd explain --json</c> prints.</summary>
public sealed record ExplainedPeer(IReadOnlyList<ExplainedEntry> Entries);

/// <summary>An entry of the map in <see cref="ExplainedPeer"/>.</summary>
public sealed record ExplainedEntry(string? Service, string? Refusal, Outlook? Now = null);

/// <summary>What would happen to the peer now, in <see cref="ExplainedEntry"/>.</summary>
public sealed record Outlook(string? Word, IReadOnlyList<LimitUse> Limits)
{
    /// <summary>How much of a limit is used.</summary>
    public long Used(string limit) => Limits.Single(use => use.Limit == limit).Used;
}

/// <summary>The answer of the control socket to a command.</summary>
public sealed record ControlReply(
    int Status,
    IReadOnlyList<string> Messages,
    DaemonStatus? Daemon = null,
    int? Pid = null,
    IReadOnlyList<ListedConnection>? Connections = null);

/// <summary>
/// Reads the JSON of the daemon. A test fails where a member is missing that has no default here, and where one is null that may not be.
/// </summary>
internal static class StatusJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;

    public static string Text<T>(T value) => JsonSerializer.Serialize(value, Options);
}
