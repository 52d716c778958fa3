using System.Net;
using System.Text.Json.Serialization;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>An event as a line of JSON for programs: times are numbers, with the unit in the name.</summary>
/// <param name="Event">
/// <c>start</c>, <c>end</c>, <c>refused</c>, <c>lost</c>, or the name of the event in the log, in lower case.
/// </param>
/// <param name="Time">When.</param>
/// <param name="Level">Of an event of the log: <c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Service">The service.</param>
/// <param name="Id">The number of the connection.</param>
/// <param name="Peer">The end of the client.</param>
/// <param name="Local">The end of the daemon.</param>
/// <param name="Pid">The child.</param>
/// <param name="End">How the connection ended.</param>
/// <param name="Reason">Why it was refused, or ended in this way.</param>
/// <param name="Received">Bytes that the handler has received.</param>
/// <param name="Sent">Bytes that the handler has sent.</param>
/// <param name="ElapsedSeconds">How long the connection lasted.</param>
/// <param name="Message">The message of the log.</param>
/// <param name="Count">Of <c>lost</c>: how many events the reader did not take in time.</param>
internal sealed record EventLine(
    string Event,
    DateTimeOffset Time,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Level = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Service = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Id = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Peer = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Local = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Pid = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? End = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Received = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Sent = null,
    [property: JsonPropertyName("elapsed_s"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ElapsedSeconds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Count = null)
{
    /// <summary>The event of a reader that has been too slow.</summary>
    public const string Lost = "lost";

    private const int Digits = 6;

    /// <summary>From an event of this process.</summary>
    public static EventLine From(ServerEvent happened)
    {
        var record = happened.Record;
        var hasBytes = happened is { Elapsed: not null, Pid: null, Name: ServerEvent.Ended };
        var names = Installation.Current.Host.Names;
        return new EventLine(
            happened.Name,
            happened.Time,
            happened.Level,
            happened.Service,
            record?.Id,
            record is null ? null : record.PeerName is EndPoint peer ? LinkText.Of(peer, names) : $"{record.PeerName}",
            record is null ? null : LinkText.Of(record.Local, names),
            happened.Pid,
            happened.End,
            happened.Reason,
            hasBytes ? record!.BytesReceived : null,
            hasBytes ? record!.BytesSent : null,
            happened.Elapsed is { } elapsed ? Math.Round(elapsed.TotalSeconds, Digits) : null,
            happened.Message);
    }
}
