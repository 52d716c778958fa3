using System.Text.Json.Serialization;
using NetSuperd.Commands;
using NetSuperd.Server;

namespace NetSuperd.Control;

/// <summary>An operator's request to the daemon. <see cref="ControlCommand"/> says which members belong to which command.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ControlRequest
{
    /// <summary>The version of the protocol.</summary>
    [JsonPropertyName("v")]
    public required int Version { get; init; }

    /// <summary>The word of a <see cref="ControlCommand"/>.</summary>
    public required string Command { get; init; }

    /// <summary><c>abort</c>: the connection; without it those that the other members choose.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Id { get; init; }

    /// <summary>
    /// <c>pause</c>, <c>resume</c>, <c>start</c>, <c>signal</c>, and <c>stop</c> of a single service: the service. <c>status</c>,
    /// <c>connections</c> and <c>abort</c>: only this service.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Service { get; init; }

    /// <summary><c>signal</c>: the signal, by its name or number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signal { get; init; }

    /// <summary>
    /// <c>explain</c>: an address, or <c>uid:NAME</c>. <c>connections</c> and <c>abort</c>: only peers of this address or prefix.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Peer { get; init; }

    /// <summary><c>connections</c> and <c>abort</c>: only connections in this state of TCP.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? State { get; init; }

    /// <summary>
    /// <c>connections</c> and <c>abort</c>: only connections on which no data has passed for this time, such as <c>10m</c>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Idle { get; init; }

    /// <summary><c>explain</c>: a socket in the notation of the map.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Socket { get; init; }

    /// <summary><c>reload</c>: only report what would change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? DryRun { get; init; }

    /// <summary><c>events</c>: without the start and end of connections that are served.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Changes { get; init; }

    /// <summary><c>stop</c>: without the drain time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Now { get; init; }

    /// <summary>The operators' token, where the socket for questions is asked for a change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; init; }

    /// <summary>The connections that it is about; null, and what is malformed.</summary>
    public ConnectionFilter? Filter(out string problem) =>
        ConnectionFilter.Read(Service, Peer, State, Idle, MapArguments.Host.Names, out problem);

    /// <summary>A request of this version.</summary>
    public static ControlRequest Of(ControlCommand command) => new() { Version = ControlProtocol.Version, Command = command.Word };
}
