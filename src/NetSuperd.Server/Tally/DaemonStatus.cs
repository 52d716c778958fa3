using System.Text.Json.Serialization;

namespace NetSuperd.Server.Tally;

/// <summary>What the daemon serves just now, as the operator asks for it.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Started">When it started.</param>
/// <param name="Applied">When the map in force was applied.</param>
/// <param name="Config">The file of the map; null where there is none.</param>
/// <param name="Connections">Connections and children that live.</param>
/// <param name="Services">Every service of the map, in the order of the map.</param>
/// <param name="Sockets">
/// Every socket of the map, in the order of the map, and after them those of maps before that a child still has.
/// </param>
/// <param name="MaxConnections">
/// How much of <c>daemon.max_connections</c> is used, by lingering processes as well; null: there is no limit.
/// </param>
/// <param name="Lingering">The processes before it that still serve what began with them.</param>
public sealed record DaemonStatus(
    int Pid,
    DateTimeOffset Started,
    DateTimeOffset Applied,
    string? Config,
    long Connections,
    IReadOnlyList<ServiceStatus> Services,
    IReadOnlyList<SocketStatus> Sockets,
    LimitUse? MaxConnections,
    IReadOnlyList<LingeringProcess> Lingering)
{
    /// <summary>
    /// How much of <see cref="MaxConnections"/> the network uses that uses most, of how much that one network may use; null: there is no
    /// limit.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LimitUse? MaxPerNetwork { get; init; }

    /// <summary>The version of the program that the process runs; null: it is older than this key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }
}

/// <summary>A service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>handler</c>, <c>child</c> (one for each connection) or <c>wait</c>.</param>
/// <param name="State"><c>serving</c>, <c>paused</c>, <c>failed</c> or <c>disabled</c>.</param>
/// <param name="Reason">Why it has failed; null otherwise.</param>
/// <param name="Since">Since when the state holds.</param>
/// <param name="Live">Its connections or children that live, those of maps before included.</param>
/// <param name="Ends">How many connections ended so, by the words of the log; those that are 0 left out.</param>
/// <param name="Reasons">How many were refused, or their child could not be started, by word.</param>
/// <param name="Limits">How much of each limit is used, in the order of the gates.</param>
public sealed record ServiceStatus(
    string Name,
    string Kind,
    string State,
    string? Reason,
    DateTimeOffset Since,
    long Live,
    IReadOnlyDictionary<string, long> Ends,
    IReadOnlyDictionary<string, long> Reasons,
    IReadOnlyList<LimitUse> Limits)
{
    /// <summary>What became of its datagrams, where a handler serves them, by the words of the log; those that are 0 left out.</summary>
    public IReadOnlyDictionary<string, long> Datagrams { get; init; } = new Dictionary<string, long>();
}

/// <summary>How much of a limit is used.</summary>
/// <param name="Limit">
/// Its key in the map: <c>max_connections</c>, <c>rate</c>, <c>rate_per_source</c>, <c>max_per_source</c>, <c>max_per_network</c>.
/// </param>
/// <param name="Used">
/// Places taken; tokens that are missing in the bucket; for a limit by source or network, what the one has that has most.
/// </param>
/// <param name="Most">Of how many.</param>
public sealed record LimitUse(string Limit, long Used, long Most);

/// <summary>What would become of a peer that came just now.</summary>
/// <param name="Service">The service.</param>
/// <param name="Word">The word of the gate that it would not pass, or <c>paused</c>; null: it would come in.</param>
/// <param name="Waits">Whether it would wait in the backlog at that gate; otherwise it would be refused.</param>
/// <param name="RetrySeconds">When a token would be there; null where that is not what is missing.</param>
/// <param name="Limits">How much of each limit is used; for limits by source what its own source uses.</param>
public sealed record Outlook(
    string Service, string? Word, bool Waits, [property: JsonPropertyName("retry_s")] double? RetrySeconds, IReadOnlyList<LimitUse> Limits);

/// <summary>A socket.</summary>
/// <param name="Socket">Its address or path.</param>
/// <param name="Transport"><c>tcp</c>, <c>udp</c>, <c>stream</c>, <c>datagram</c> or <c>seqpacket</c>.</param>
/// <param name="Service">The service that answers.</param>
/// <param name="Name">Its name for <c>LISTEN_FDNAMES</c>.</param>
/// <param name="State">
/// <c>listening</c>, <c>resting</c> while a child has it, <c>ending</c> while the child that has it was asked to end, <c>paused</c> or
/// <c>failed</c>.
/// </param>
/// <param name="Reason">Why it has failed, or cannot accept just now; null otherwise.</param>
/// <param name="Since">Since when the state holds.</param>
/// <param name="Waiting">Connections that wait to be accepted; null where the system does not tell.</param>
/// <param name="Dropped">
/// Datagrams or connections that the system has dropped since the socket was opened, for want of room in the queue; null where it does not
/// tell.
/// </param>
public sealed record SocketStatus(
    string Socket, string Transport, string Service, string Name, string State, string? Reason, DateTimeOffset Since, int? Waiting,
    long? Dropped);

/// <summary>A process that a restart has replaced and that still serves what began with it.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Started">When it started; null where it does not answer.</param>
/// <param name="Connections">Connections and children that live; null where it does not answer.</param>
public sealed record LingeringProcess(int Pid, DateTimeOffset? Started, long? Connections)
{
    /// <summary>The version of the program that it runs; null where it does not answer, or is older than this key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }
}

/// <summary>A connection or a child that lives.</summary>
/// <param name="Id">Its number, by which it can be aborted.</param>
/// <param name="Service">The service.</param>
/// <param name="Protocol"><c>TCP</c>, <c>UDP</c> or <c>UNIX</c>.</param>
/// <param name="Local">The end of the daemon.</param>
/// <param name="Peer">The end of the client; <c>any</c> for a child that has the listening socket.</param>
/// <param name="Since">When it was accepted.</param>
/// <param name="Age">How long ago that was.</param>
/// <param name="Received">Bytes received; null where they are not counted.</param>
/// <param name="Sent">Bytes sent; null where they are not counted.</param>
/// <param name="State">The state of TCP, such as <c>established</c> or <c>close-wait</c>; null where there is none.</param>
/// <param name="RoundTripTime">The smoothed round-trip time; null where there is none.</param>
/// <param name="Pid">The child; null for a handler.</param>
/// <param name="Process">The daemon's process that serves it.</param>
public sealed record LiveConnection(
    long Id,
    string Service,
    string Protocol,
    string Local,
    string Peer,
    DateTimeOffset Since,
    TimeSpan Age,
    long? Received,
    long? Sent,
    string? State,
    TimeSpan? RoundTripTime,
    int? Pid,
    int Process);
