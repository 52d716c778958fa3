using System.Text.Json.Serialization;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>
/// The daemon's answer to a request. A reader skips members that it does not know, unlike in a request: during a restart two versions of
/// the program talk.
/// </summary>
internal sealed record ControlAnswer
{
    private const string NotShown = "not shown";

    /// <summary>The version of the protocol.</summary>
    [JsonPropertyName("v")]
    public required int Version { get; init; }

    /// <summary>The exit status of the command that asked.</summary>
    public required int Status { get; init; }

    /// <summary>The command's messages on standard error.</summary>
    public required IReadOnlyList<string> Messages { get; init; }

    /// <summary>The data of <c>status</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DaemonStatus? Daemon { get; init; }

    /// <summary>The data of <c>connections</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ListedConnection>? Connections { get; init; }

    /// <summary>The data of <c>reload</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MapChange>? Changes { get; init; }

    /// <summary>The data of <c>restart</c>: the new process; of <c>stop</c>: the process that ends last.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pid { get; init; }

    /// <summary>
    /// The process of <see cref="Pid"/>, passed beside the line: a number is useless in another PID namespace.
    /// </summary>
    [JsonIgnore]
    public IProcessEnd? Process { get; init; }

    /// <summary>A successor's report at a restart: the sockets that its map does not name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Dropped { get; init; }

    /// <summary>The data of <c>map</c>: the keys of the map in force, each with its value in TOML.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Entries { get; init; }

    /// <summary>The data of <c>explain</c>: whether the peer would be admitted, for each service that answers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Outlook>? Outlooks { get; init; }

    /// <summary>
    /// The data of <c>explain</c>: the entries of the map in force that answer, with the line that decides; null: the version of the daemon
    /// does not tell.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExplainedPeer? Explained { get; init; }

    /// <summary>The data of <c>events</c>, which follow the answer until one side closes the connection.</summary>
    [JsonIgnore]
    public EventReader? Events { get; init; }

    /// <summary>Whether it is sent after a pause, since it tells the result of a guess.</summary>
    [JsonIgnore]
    public bool IsLate { get; init; }

    /// <summary>Whether this user may not connect to the socket, so that no daemon has answered.</summary>
    [JsonIgnore]
    public bool IsClosed { get; init; }

    /// <summary>The answer with one service and its sockets alone; null: as it is.</summary>
    public ControlAnswer Only(string? service) => (service, Daemon) switch
    {
        (null, _) or (_, null) => this,
        (_, var status) when status.Services.Any(known => known.Name == service) => this with
        {
            Daemon = status with
            {
                Services = [.. status.Services.Where(known => known.Name == service)],
                Sockets = [.. status.Sockets.Where(socket => socket.Service == service)],
            },
        },
        _ => Of(ExitStatus.Usage, $"netsuperd: the map has no service '{service}'"),
    };

    /// <summary>The answer for a client that may not see every value of the map.</summary>
    public ControlAnswer WithoutSecrets() => this with
    {
        Entries = Entries?.ToDictionary(entry => entry.Key, entry => MapText.IsSecret(entry.Key) ? NotShown : entry.Value),
        Changes = Changes is null ? null : [.. Changes.Select(change => !MapText.IsSecret(change.Path) ? change : change with
        {
            Old = change.Old is null ? null : NotShown,
            New = change.New is null ? null : NotShown,
        })],

        // The first line of a problem has no excerpt of the map.
        Messages = [.. Messages.Select(message => message.Split('\n')[0])],
    };

    /// <summary>An answer of this version without data.</summary>
    public static ControlAnswer Of(int status, params IReadOnlyList<string> messages) =>
        new() { Version = ControlProtocol.Version, Status = status, Messages = messages };
}
