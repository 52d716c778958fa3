using System.Text.Json;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>One event of the daemon's log in JSON.</summary>
public sealed class LogEvent
{
    private readonly JsonElement _root;
    private readonly JsonElement _id;

    private LogEvent(JsonElement root)
    {
        _root = root;
        _ = root.TryGetProperty("EventId", out _id);
    }

    /// <summary>The number of the event, 0 where it has none.</summary>
    public int Id => Part("Id") is { } number ? number.GetInt32() : 0;

    /// <summary>The name of the event, empty where it has none.</summary>
    public string Name => Part("Name") is { } name ? name.GetString()! : "";

    /// <summary>The level as Serilog names it; Information is not written.</summary>
    public string Level => _root.TryGetProperty("@l", out var level) ? level.GetString()! : "Information";

    /// <summary>When it was logged.</summary>
    public DateTimeOffset Time => _root.GetProperty("@t").GetDateTimeOffset();

    /// <summary>A property as text; empty where it is missing.</summary>
    public string this[string property] => _root.TryGetProperty(property, out var value) ? value.ToString() : "";

    /// <summary>The number in a property.</summary>
    public long Number(string property) => _root.GetProperty(property).GetInt64();

    /// <summary>Reads a line; null where it is none of the log's.</summary>
    public static LogEvent? Parse(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        using var document = JsonDocument.Parse(line);
        return new LogEvent(document.RootElement.Clone());
    }

    /// <inheritdoc/>
    public override string ToString() => _root.GetRawText();

    private JsonElement? Part(string of) => _id.ValueKind == JsonValueKind.Object && _id.TryGetProperty(of, out var part) ? part : null;
}
