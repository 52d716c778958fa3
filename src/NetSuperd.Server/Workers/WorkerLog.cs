using System.Text.Json;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Workers;

/// <summary>Writes the events of workers to the daemon's log.</summary>
/// <remarks>
/// A worker names its own services and connections alone, and of the events of the program only those about handlers: it cannot write that
/// the daemon has stopped, or what another service has done. The budget of the service holds for its lines, as inside the daemon.
/// </remarks>
/// <param name="loggers">Makes the logger of each service.</param>
internal sealed class WorkerLog(ILoggerFactory loggers)
{
    // The events about handlers (ServerLog).
    private const int FirstOfHandlers = 4000, LastOfHandlers = 4999;

    private const string Template = "{OriginalFormat}";

    private readonly ILogger _own = loggers.CreateLogger("NetSuperd");

    /// <summary>Writes an event.</summary>
    /// <param name="use">The service.</param>
    /// <param name="worker">The name of the process.</param>
    /// <param name="lines">Limits the events of the program itself; the budget of the service is for its handler.</param>
    /// <param name="form">The event.</param>
    /// <param name="record">The connection, one of the worker; null: none.</param>
    public void Write(ServiceUse use, string worker, LineBudget lines, LogForm form, ConnectionRecord? record)
    {
        var isOwn = form is { IsOwn: true, Id: >= FirstOfHandlers and <= LastOfHandlers };
        var logger = isOwn ? _own : loggers.CreateLogger($"NetSuperd.Handlers.{use.Name}");
        var level = (LogLevel)Math.Clamp(form.Level, (int)LogLevel.Trace, (int)LogLevel.Critical);
        if (!logger.IsEnabled(level) || !(isOwn ? lines.Take() : use.Lines.Take()))
        {
            return;
        }

        // The template is the last value of an event.
        var values = form.Values.Where(value => value.Key is not ("Service" or "ConnectionId" or "Worker" or Template))
            .Select(value => KeyValuePair.Create(value.Key, Plain(value.Value)))
            .Append(new("Service", use.Name))
            .Append(new("Worker", worker));
        values = record is null ? values : values.Append(new("ConnectionId", record.Id));
        values = values.Append(new(Template, Plain(form.Values.GetValueOrDefault(Template)) ?? form.Message));
        logger.Log(
            level,
            new EventId(isOwn ? form.Id : 0, form.Name),
            (IReadOnlyList<KeyValuePair<string, object?>>)[.. values],
            form.Exception is { } text ? new WorkerException(text) : null,
            (_, _) => form.Message);
    }

    private static object? Plain(object? value) => value is not JsonElement json ? value : json.ValueKind switch
    {
        JsonValueKind.Number => json.TryGetInt64(out var whole) ? whole : json.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        JsonValueKind.Null => null,
        _ => json.ToString(),
    };

    /// <summary>An exception in a worker, of which the daemon has the text.</summary>
    private sealed class WorkerException(string text) : Exception
    {
        public override string ToString() => text;
    }
}
