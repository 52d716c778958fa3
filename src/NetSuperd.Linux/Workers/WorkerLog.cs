using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>Writes the events of workers to the daemon's log.</summary>
/// <remarks>
/// A worker names its own services and connections alone. Of the events of the program it has only those about handlers, with their texts
/// as in <see cref="ServerLog"/>: it cannot write that the daemon has stopped, or what another service has done. The budget of the service
/// holds for its lines, as inside the daemon, and the share of the client for what its connection has caused.
/// </remarks>
/// <param name="loggers">Makes the logger of each service.</param>
/// <param name="tally">Knows which connections the log names.</param>
internal sealed class WorkerLog(ILoggerFactory loggers, ConnectionTally tally)
{
    // The block of events about handlers.
    private const int FirstOfHandlers = 4000, LastOfHandlers = 4999;

    private static readonly Dictionary<int, LoggerMessageAttribute> Events = typeof(ServerLog).GetMethods()
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>()
        .Where(found => found.EventId is >= FirstOfHandlers and <= LastOfHandlers)
        .ToDictionary(found => found.EventId);

    private const string Template = "{OriginalFormat}";

    private readonly ILogger _own = loggers.CreateLogger("NetSuperd");

    /// <summary>Writes an event.</summary>
    /// <param name="use">The service.</param>
    /// <param name="worker">The name of the process.</param>
    /// <param name="lines">Limits the events of the program itself; the budget of the service is for its handler.</param>
    /// <param name="form">The event.</param>
    /// <param name="connection">The number of the connection, which the worker may name; null: none.</param>
    public void Write(ServiceUse use, string worker, LineBudget lines, LogForm form, long? connection)
    {
        var known = form.IsOwn ? Events.GetValueOrDefault(form.Id) : null;
        var isOwn = known is not null;
        var logger = isOwn ? _own : loggers.CreateLogger($"NetSuperd.Handlers.{use.Name}");
        var level = (LogLevel)Math.Clamp(form.Level, (int)LogLevel.Trace, (int)LogLevel.Critical);
        var isLeftOut = isOwn && form.ConnectionId is not null && level < LogLevel.Warning
            && use.Log.Wanted.Names == LoggedConnections.None;
        if (isLeftOut || !logger.IsEnabled(level) || !(isOwn ? Names(connection) && lines.Take() : use.Lines.Take()))
        {
            return;
        }

        // The template is the last value of an event.
        var values = form.Values.Where(value => !HandlerLogger.IsOrigin(value.Key) && value.Key is not ("Worker" or Template))
            .Select(value => KeyValuePair.Create(value.Key, Plain(value.Value)))
            .Append(new("Service", use.Name))
            .Append(new("Worker", worker));
        values = connection is null ? values : values.Append(new("ConnectionId", connection));
        values = values.Append(new(Template, known?.Message ?? Plain(form.Values.GetValueOrDefault(Template)) ?? form.Message));
        logger.Log(
            level,
            known is null ? new EventId(0, null) : new EventId(known.EventId, known.EventName),
            (IReadOnlyList<KeyValuePair<string, object?>>)[.. values],
            form.Exception is { } text ? new WorkerException(text) : null,
            (_, _) => form.Message);
    }

    /// <summary>Logs why no target can see the address of a client.</summary>
    public void Fail(ServiceUse use, ConnectionRecord record, Errno failure)
    {
        if (tally.NamesFailure(record))
        {
            _own.TargetSourceFailed(use.Name, record.Peer!, record.Id, failure.Reason());
        }
    }

    /// <summary>Logs how many events of a process were left out. To be called regularly.</summary>
    public void TellDropped(string worker, LineBudget lines)
    {
        if (lines.TakeDropped(isLast: false) is > 0 and var dropped)
        {
            _own.HandlerLinesDropped(worker, dropped, LineBudget.LinesPerSecond);
        }
    }

    private bool Names(long? connection) => connection is not { } id || tally.Find(id) is not { } record || tally.NamesFailure(record);

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
