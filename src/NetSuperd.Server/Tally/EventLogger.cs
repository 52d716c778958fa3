using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// The log of the daemon's own events, which also feeds their readers, whatever the level of the log is. What happens to connections the
/// <see cref="ConnectionTally"/> tells itself, since the log leaves some of it out.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="feed">Passes the events on.</param>
public sealed class EventLogger(ILogger log, EventFeed feed) : ILogger
{
    // The block of Tally, and what children write: that is their own.
    private const int FirstOfTally = 6000;
    private const int ChildStderr = 5002;
    private const int SharedStderr = 5009;

    /// <summary>Passes the events on.</summary>
    public EventFeed Feed => feed;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel) || (feed.IsRead && IsNews(logLevel));

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => log.BeginScope(state);

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (feed.IsRead && IsNews(logLevel) && eventId is { Name: { } name, Id: < FirstOfTally and not (ChildStderr or SharedStderr) })
        {
            var message = formatter(state, exception);
            feed.Publish(new ServerEvent(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), TimeProvider.System.GetUtcNow())
            {
                Service = (state as IReadOnlyList<KeyValuePair<string, object?>>)?.FirstOrDefault(value => value.Key == "Service").Value
                    as string,
                Message = exception is null ? message : $"{message}: {exception.Message}",
                Level = WordOf(logLevel),
            });
        }

        if (log.IsEnabled(logLevel))
        {
            log.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private static bool IsNews(LogLevel level) => level >= LogLevel.Information;

    private static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };
}
