using System.Text.Json.Serialization;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>
/// What the daemon answers. Unlike in a request, members that are not known are skipped: during a restart two versions of the program talk.
/// </summary>
internal sealed record ControlAnswer
{
    /// <summary>The version of the protocol.</summary>
    [JsonPropertyName("v")]
    public required int Version { get; init; }

    /// <summary>The exit status of the command that asked.</summary>
    public required int Status { get; init; }

    /// <summary>What the command says on standard error.</summary>
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

    /// <summary>The data of <c>restart</c>, the new process, and of <c>stop</c>, the one that is the last to end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pid { get; init; }

    /// <summary>
    /// The process of <see cref="Pid"/>, which comes as a descriptor beside the line: its number says nothing in another PID namespace.
    /// </summary>
    [JsonIgnore]
    public ProcessHandle? Process { get; init; }

    /// <summary>What a new process says at a restart: the sockets that its map does not name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Dropped { get; init; }

    /// <summary>The data of <c>map</c>: the keys of the map in force, each with its value in TOML.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Entries { get; init; }

    /// <summary>The data of <c>explain</c>: what would become of the peer, for each service that answers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Outlook>? Outlooks { get; init; }

    /// <summary>An answer of this version without data.</summary>
    public static ControlAnswer Of(int status, params IReadOnlyList<string> messages) =>
        new() { Version = ControlProtocol.Version, Status = status, Messages = messages };
}
