using System.Text.Json.Serialization;

namespace NetSuperd.Server.Tally;

/// <summary>What the daemon serves now, for an operator.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Started">When it started.</param>
/// <param name="Applied">When the map in force was applied.</param>
/// <param name="Config">The file of the map; null where there is none.</param>
/// <param name="Connections">Connections and children that live.</param>
/// <param name="Services">Every service of the map, in the order of the map.</param>
/// <param name="Sockets">
/// Every socket of the map, in the order of the map, and after them those of earlier maps that a child still has.
/// </param>
/// <param name="MaxConnections">
/// How much of <c>daemon.max_connections</c> is used, by lingering processes as well; null: there is no limit.
/// </param>
/// <param name="Lingering">The predecessors that still serve their connections.</param>
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
    /// <summary>How much of its part of <see cref="MaxConnections"/> the busiest network uses; null: there is no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LimitUse? MaxPerNetwork { get; init; }

    /// <summary>The version of the program that the process runs; null: it is older than this key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }

    /// <summary>What the process uses; null: its version does not tell.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProcessUse? Process { get; init; }

    /// <summary>The bounds of the histograms of each service; null: its version has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HistogramBounds? Bounds { get; init; }
}

/// <summary>A service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>handler</c>, <c>child</c> (one for each connection), <c>wait</c>, <c>server</c> or <c>forward</c>.</param>
/// <param name="State"><c>serving</c>, <c>paused</c>, <c>stopped</c>, <c>failed</c> or <c>disabled</c>; of a server also <c>starting</c>,
/// <c>restarting</c> until it is started again, and <c>ended</c> where it is not.</param>
/// <param name="Reason">Why it has failed, or what else an operator should know of its state; null: nothing.</param>
/// <param name="Since">Since when the state holds.</param>
/// <param name="Live">Its live connections or children, those of earlier maps included.</param>
/// <param name="Ends">How many connections ended in each way, by the words of the log, without zeros.</param>
/// <param name="Reasons">How many connections were refused, or got no child, by word.</param>
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
    /// <summary>The counts of its datagrams, where a handler serves them, by the words of the log, without zeros.</summary>
    public IReadOnlyDictionary<string, long> Datagrams { get; init; } = new Dictionary<string, long>();

    /// <summary>How many connections were accepted, also those that were refused then, or children started for its sockets.</summary>
    public long Accepted { get; init; }

    /// <summary>Bytes that its handler has received on connections that have ended; null: it has no handler.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Received { get; init; }

    /// <summary>Bytes that its handler has sent on connections that have ended; null: it has no handler.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Sent { get; init; }

    /// <summary>How long its connections lasted that have ended and were served; null: there is none yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HistogramCounts? Duration { get; init; }

    /// <summary>How long its connections waited, from accept until their handler was called or their child ran; null: none yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HistogramCounts? Start { get; init; }

    /// <summary>Its server; null for one of another kind.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ServerStatus? Server { get; init; }

    /// <summary>When the first of its certificates expires; null: its connections are not encrypted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? CertificateExpires { get; init; }

    /// <summary>The user of its children or of its worker; null: its handler serves in the daemon.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    /// <summary>The worker in which its handler serves; null: it has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WorkerStatus? Worker { get; init; }
}

/// <summary>A worker.</summary>
/// <param name="Name">Its name in the map; null: the map names none.</param>
/// <param name="Pid">Its process; null while none runs.</param>
public sealed record WorkerStatus(string? Name, int? Pid);

/// <summary>The server of a service that runs all the time.</summary>
/// <param name="Pid">Its process; null while none runs.</param>
/// <param name="Since">When that was started.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="LastEnd">How it ended last; null: it has not.</param>
/// <param name="LastEndAt">When that was.</param>
/// <param name="Status">What it says of itself, as sd_notify(3) has it, from outside; null: nothing.</param>
public sealed record ServerStatus(
    int? Pid, DateTimeOffset? Since, long Restarts, string? LastEnd, DateTimeOffset? LastEndAt, string? Status);

/// <summary>How much of a limit is used.</summary>
/// <param name="Limit">
/// The key of its gate in the map, such as <c>max_connections</c>.
/// </param>
/// <param name="Used">
/// Connections, or tokens missing from the bucket; for a per-source or per-network limit, those of the busiest source or network.
/// </param>
/// <param name="Most">The limit.</param>
public sealed record LimitUse(string Limit, long Used, long Most);

/// <summary>Whether a peer that came now would be admitted.</summary>
/// <param name="Service">The service.</param>
/// <param name="Word">The word of the gate that it would not pass, <c>paused</c> or <c>stopped</c>; null: it would be admitted.</param>
/// <param name="Waits">Whether it would wait in the backlog at that gate; otherwise it would be refused.</param>
/// <param name="RetrySeconds">When the next token arrives; null where no token is missing.</param>
/// <param name="Limits">How much of each limit is used; for per-source limits, by the peer's own source.</param>
public sealed record Outlook(
    string Service, string? Word, bool Waits, [property: JsonPropertyName("retry_s")] double? RetrySeconds, IReadOnlyList<LimitUse> Limits);

/// <summary>A socket.</summary>
/// <param name="Socket">Its address or path.</param>
/// <param name="Transport"><c>tcp</c>, <c>udp</c>, <c>raw</c>; for a unix socket <c>stream</c>, <c>datagram</c>, <c>seqpacket</c>.</param>
/// <param name="Service">The service that answers.</param>
/// <param name="Name">Its name for <c>LISTEN_FDNAMES</c>.</param>
/// <param name="State">
/// <c>listening</c>, <c>resting</c> while a child has it, <c>ending</c> while the child that has it was asked to end, <c>paused</c>,
/// <c>stopped</c> or <c>failed</c>.
/// </param>
/// <param name="Reason">Why it has failed, or cannot accept now; null otherwise.</param>
/// <param name="Since">Since when the state holds.</param>
/// <param name="Waiting">Connections that wait to be accepted; null where the system does not report it.</param>
/// <param name="Dropped">
/// Datagrams or connections that the system has dropped since the socket was opened, because its queue was full; null where the system does
/// not tell.
/// </param>
public sealed record SocketStatus(
    string Socket, string Transport, string Service, string Name, string State, string? Reason, DateTimeOffset Since, int? Waiting,
    long? Dropped)
{
    /// <summary>The entry of <c>[ports]</c> where that has several ports; null where the socket is that of a single one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Entry { get; init; }
}

/// <summary>A process that a restart has replaced and that still serves its connections.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Started">When it started; null where it does not answer.</param>
/// <param name="Connections">Its live connections and children; null where it does not answer.</param>
public sealed record LingeringProcess(int Pid, DateTimeOffset? Started, long? Connections)
{
    /// <summary>The version of the program that it runs; null where it does not answer, or is older than this key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }
}

/// <summary>A live connection or child.</summary>
/// <param name="Id">Its number, by which it can be aborted.</param>
/// <param name="Service">The service.</param>
/// <param name="Protocol"><c>TCP</c>, <c>UDP</c> or <c>UNIX</c>; <c>NONE</c> for a server without a socket of the map.</param>
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
/// <param name="Idle">How long no data has passed in either direction; null where the system does not report it.</param>
/// <param name="Proxy">The proxy that has named the client; null: the client has connected itself.</param>
/// <param name="Target">The target to which it is forwarded; null: none, or not yet.</param>
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
    int Process,
    TimeSpan? Idle = null,
    string? Proxy = null,
    string? Target = null);
