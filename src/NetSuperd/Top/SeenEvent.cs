using System.Text.Json;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Top;

/// <summary>An event. It is read when it is shown: many come and go that no operator looks at.</summary>
/// <param name="number">Its number among those that were seen.</param>
/// <param name="json">The line of the daemon.</param>
internal sealed class SeenEvent(long number, byte[] json)
{
    private static readonly EventLine Unknown = new("an event of another version of the daemon", default);

    private EventLine? _line;
    private string? _text;

    /// <summary>Its number among those that were seen.</summary>
    public long Number => number;

    /// <summary>What the daemon has sent.</summary>
    public EventLine Line => _line ??= Read();

    /// <summary>The event as a line for people.</summary>
    public string Text => _text ??= PlainText.Of(EventsCommand.Text(Line));

    private EventLine Read()
    {
        try
        {
            return JsonSerializer.Deserialize(json, ControlJson.Default.EventLine) ?? Unknown;
        }
        catch (JsonException)
        {
            return Unknown;
        }
    }
}
