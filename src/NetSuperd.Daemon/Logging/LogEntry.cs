using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Parsing;

namespace NetSuperd.Logging;

/// <summary>An event in the queue of the log: one of the daemon's own as it was logged, or one that Serilog has made.</summary>
internal readonly struct LogEntry
{
    private const string TemplateKey = "{OriginalFormat}";
    private const string EventKey = "EventId";
    private static readonly MessageTemplateParser Parser = new();

    private readonly EventId _id;
    private readonly IReadOnlyList<KeyValuePair<string, object?>> _values;

    public LogEntry(LogEvent made) => (Made, _values, Time, Level) = (made, [], made.Timestamp, made.Level);

    public LogEntry(DateTimeOffset time, LogLevel level, EventId id, IReadOnlyList<KeyValuePair<string, object?>> values) =>
        (Time, Level, _id, _values) = (time, LevelConvert.ToSerilogLevel(level), id, values);

    /// <summary>When it was logged.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>How urgent it is.</summary>
    public LogEventLevel Level { get; }

    /// <summary>The event, if Serilog has made it.</summary>
    public LogEvent? Made { get; }

    /// <summary>The number and the name of the event; null where it is none of the daemon's own.</summary>
    public (int Id, string Name)? OwnEvent => Made is null ? (_id.Id, _id.Name ?? "-") : OwnEventOf(Made);

    /// <summary>Its message with the names of its values.</summary>
    /// <param name="known">The templates that have been parsed before. The daemon's own are constants, so it does not grow.</param>
    public MessageTemplate Template(Dictionary<string, MessageTemplate> known)
    {
        if (Made is not null)
        {
            return Made.MessageTemplate;
        }

        var text = (string)_values[^1].Value!;
        if (!known.TryGetValue(text, out var template))
        {
            known[text] = template = Parser.Parse(text);
        }

        return template;
    }

    /// <summary>A value by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="at">Where it is expected: values mostly have the order of their names in the message.</param>
    /// <param name="value">The value.</param>
    public bool TryGet(string name, int at, out object? value)
    {
        value = null;
        if (Made is not null)
        {
            var isThere = Made.Properties.TryGetValue(name, out var property);
            value = property is ScalarValue scalar ? scalar.Value : property;
            return isThere;
        }

        for (var i = 0; i < _values.Count; i++)
        {
            var (key, candidate) = _values[(at + i) % _values.Count];
            if (key == name)
            {
                value = candidate;
                return true;
            }
        }

        return false;
    }

    /// <summary>The event as Serilog has it, with the properties that its logger would give it.</summary>
    public LogEvent ToEvent(Logger logger, Dictionary<string, MessageTemplate> known)
    {
        if (Made is not null)
        {
            return Made;
        }

        var made = new LogEvent(Time, Level, null, Template(known), []);
        foreach (var (name, value) in _values)
        {
            if (name != TemplateKey && logger.BindProperty(name, value, destructureObjects: false, out var property))
            {
                made.AddOrUpdateProperty(property);
            }
        }

        if (_id.Name is not null)
        {
            made.AddOrUpdateProperty(new LogEventProperty(EventKey, new StructureValue(
                [new LogEventProperty("Id", new ScalarValue(_id.Id)), new LogEventProperty("Name", new ScalarValue(_id.Name))])));
        }

        made.AddOrUpdateProperty(new LogEventProperty(Constants.SourceContextPropertyName, new ScalarValue(DaemonLogger.Category)));
        return made;
    }

    private static (int Id, string Name)? OwnEventOf(LogEvent made) =>
        made.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is ScalarValue { Value: DaemonLogger.Category }
        && made.Properties.GetValueOrDefault(EventKey) is StructureValue { Properties: [var id, var name] }
        && (id.Value, name.Value) is (ScalarValue { Value: int number }, ScalarValue { Value: string word }) ? (number, word) : null;
}
