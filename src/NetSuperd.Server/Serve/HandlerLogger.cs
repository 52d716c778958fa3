using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>
/// The logger of a handler. Each of its events has the handler's service, and the connection in whose call it was logged, also after an
/// await and from a task that the call has started, until the connection ends. The budget of the service limits how many it logs.
/// </summary>
internal sealed class HandlerLogger(ILogger logger, HandlerLines lines) : ILogger
{
    private static readonly AsyncLocal<HandlerCall?> Serving = new();

    /// <summary>Attributes the call that begins here, with all that it awaits, to this connection.</summary>
    /// <returns>The call, to be ended with the connection.</returns>
    public static HandlerCall Enter(ConnectionRecord record)
    {
        var call = new HandlerCall(record);
        Serving.Value = call;
        return call;
    }

    /// <summary>
    /// Whether a value of an event is for the log to set, and not for the handler: it tells where a line comes from. A template may mark
    /// a name for Serilog.
    /// </summary>
    public static bool IsOrigin(string name) => name.TrimStart('@', '$') is "Service" or "ConnectionId" or "SourceContext";

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!logger.IsEnabled(logLevel) || !lines.Take())
        {
            return;
        }

        var origin = new Dictionary<string, object> { ["Service"] = lines.Service };
        if (Serving.Value?.Record is { } record && record.Service == lines.Service)
        {
            origin["ConnectionId"] = record.Id;
        }

        using (logger.BeginScope(origin))
        {
            // Values of an event come before those of a scope.
            if (state is IEnumerable<KeyValuePair<string, object?>> values && values.Any(value => IsOrigin(value.Key)))
            {
                KeyValuePair<string, object?>[] others = [.. values.Where(value => !IsOrigin(value.Key))];
                logger.Log(logLevel, eventId, others, exception, (_, failure) => formatter(state, failure));
            }
            else
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);
}
