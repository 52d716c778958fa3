using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>The JSON of the page.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(StatusEvent))]
[JsonSerializable(typeof(ConnectionsEvent))]
[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(DownEvent))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(WebAnswer))]
internal sealed partial class WebJson : JsonSerializerContext
{
    /// <summary>An event of the stream (WHATWG HTML, 9.2.5): a name, and a line of JSON.</summary>
    public static byte[] Event<T>(string name, T value, JsonTypeInfo<T> type) =>
        [.. Encoding.ASCII.GetBytes($"event: {name}\ndata: "), .. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\n\n"u8];

    /// <summary>An event with lines of the daemon's events, which are JSON already.</summary>
    public static byte[] Log(IEnumerable<string> lines, long lost) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"event: log\ndata: {{\"events\":[{string.Join(',', lines)}],\"lost\":{lost}}}\n\n"));
}

/// <summary>The present state.</summary>
internal sealed record StatusEvent(DateTimeOffset At, DaemonStatus Daemon);

/// <summary>The present connections.</summary>
internal sealed record ConnectionsEvent(DateTimeOffset At, IReadOnlyList<ListedConnection> Connections);

/// <summary>The last 15 minutes.</summary>
internal sealed record HistoryEvent(
    [property: JsonPropertyName("interval_s")] double IntervalSeconds, IReadOnlyList<Sample> Samples, IReadOnlyList<Mark> Marks);

/// <summary>The daemon does not answer.</summary>
internal sealed record DownEvent(DateTimeOffset At, string Reason);
