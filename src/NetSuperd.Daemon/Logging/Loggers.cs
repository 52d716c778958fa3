using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;
using Serilog.Core;
using Serilog.Extensions.Logging;

namespace NetSuperd.Logging;

/// <summary>Makes the loggers: one for the daemon's own events, Serilog's for those of plugins and libraries.</summary>
/// <param name="logger">Serilog's.</param>
/// <param name="writer">The queue of the log.</param>
/// <param name="feed">Passes the daemon's own events to the programs that read them.</param>
internal sealed class Loggers(Logger logger, LogWriter<LogEntry> writer, EventFeed feed) : ILoggerFactory
{
    private readonly SerilogLoggerFactory _others = new(logger);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        var events = _others.CreateLogger(categoryName);
        return categoryName == DaemonLogger.Category ? new EventLogger(new DaemonLogger(events, writer), feed) : events;
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => _others.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose() => _others.Dispose();
}
