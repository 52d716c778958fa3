using Microsoft.Extensions.Logging;

namespace NetSuperd.Logging;

/// <summary>
/// Logs the daemon's own events. Their values never change, so they are queued as they are, and the log's thread makes the line: a
/// connection's two lines cost its thread next to nothing.
/// </summary>
/// <param name="events">Makes the events that need more: with an exception, or in a scope.</param>
/// <param name="writer">The queue.</param>
internal sealed class DaemonLogger(ILogger events, LogWriter<LogEntry> writer) : ILogger
{
    /// <summary>The category of the daemon's own events.</summary>
    public const string Category = "NetSuperd";

    private readonly AsyncLocal<bool> _hasScope = new();

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null || _hasScope.Value || state is not IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            events.Log(logLevel, eventId, state, exception, formatter);
        }
        else if (events.IsEnabled(logLevel))
        {
            writer.Write(new LogEntry(TimeProvider.System.GetUtcNow(), logLevel, eventId, values));
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => events.IsEnabled(logLevel);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        _hasScope.Value = true;
        return new Scope(events.BeginScope(state), _hasScope);
    }

    private sealed class Scope(IDisposable? scope, AsyncLocal<bool> hasScope) : IDisposable
    {
        public void Dispose()
        {
            hasScope.Value = false;
            scope?.Dispose();
        }
    }
}
