using System.Text.Json.Serialization;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>What the daemon answers: one line of JSON.</summary>
/// <param name="V">The version of the protocol, 1.</param>
/// <param name="Status">The exit status of the command that asked.</param>
/// <param name="Messages">What belongs on its standard error.</param>
internal sealed record ControlAnswer(int V, int Status, IReadOnlyList<string> Messages)
{
    /// <summary>For <c>status</c>.</summary>
    public StatusDocument? Daemon { get; init; }

    /// <summary>For <c>connections</c>.</summary>
    public IReadOnlyList<ConnectionDocument>? Connections { get; init; }

    /// <summary>For <c>reload</c>: what has changed, or would.</summary>
    public IReadOnlyList<string>? Changes { get; init; }

    /// <summary>For <c>restart</c> the new process, for <c>stop</c> the one that stops.</summary>
    public int? Pid { get; init; }

    /// <summary>For <c>map</c>: the running map, key by key.</summary>
    public IReadOnlyList<MapEntry>? Entries { get; init; }

    /// <summary>All is well, and there is nothing to say.</summary>
    public static ControlAnswer Done { get; } = new(ControlRequest.Version, ExitStatus.Ok, []);

    /// <summary>Something is not.</summary>
    public static ControlAnswer Wrong(int status, string message) => new(ControlRequest.Version, status, [$"netsuperd: {message}"]);
}

/// <summary>What <c>status --json</c> prints.</summary>
internal sealed record StatusDocument(
    int V,
    int Pid,
    DateTimeOffset Started,
    DateTimeOffset Applied,
    string? Config,
    long Connections,
    IReadOnlyList<ServiceStatus> Services,
    IReadOnlyList<SocketStatus> Sockets,
    IReadOnlyList<LingeringProcess> Lingering)
{
    /// <summary>Of what the server says, and the processes before it.</summary>
    public static StatusDocument Of(DaemonStatus status, IReadOnlyList<LingeringProcess> lingering) => new(
        ControlRequest.Version, status.Pid, status.Started, status.Applied, status.Config, status.Connections, status.Services, status.Sockets, lingering);
}

/// <summary>What <c>connections --json</c> prints.</summary>
internal sealed record ConnectionsDocument(int V, IReadOnlyList<ConnectionDocument> Connections);

/// <summary>A connection in JSON: times in the unit of their names, what nobody knows is null.</summary>
internal sealed record ConnectionDocument(
    long Id,
    string Service,
    string Protocol,
    string Local,
    string Peer,
    DateTimeOffset Since,
    double AgeS,
    long? Received,
    long? Sent,
    string? State,
    double? RttMs,
    int? Pid,
    int Process)
{
    /// <summary>Of what the server says.</summary>
    public static ConnectionDocument Of(LiveConnection connection) => new(
        connection.Id,
        connection.Service,
        connection.Protocol,
        connection.Local,
        connection.Peer,
        connection.Since,
        Math.Round(connection.Age.TotalSeconds, 3),
        connection.Received,
        connection.Sent,
        connection.State,
        connection.RoundTripTime?.TotalMilliseconds,
        connection.Pid,
        connection.Process);
}

/// <summary>How the lines are written and read: without reflection, and strictly.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 16)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(ConnectionsDocument))]
[JsonSerializable(typeof(NetSuperd.Server.Handover))]
internal sealed partial class ControlJson : JsonSerializerContext;
