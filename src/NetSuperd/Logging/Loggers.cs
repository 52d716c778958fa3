using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Extensions.Logging;

namespace NetSuperd.Logging;

/// <summary>Makes the loggers: one for the daemon's own events, Serilog's for those of plugins and libraries.</summary>
internal sealed class Loggers(Logger logger, LogWriter<LogEntry> writer) : ILoggerFactory
{
    private readonly SerilogLoggerFactory _others = new(logger);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        var events = _others.CreateLogger(categoryName);
        return categoryName == DaemonLogger.Category ? new DaemonLogger(events, writer) : events;
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => _others.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose() => _others.Dispose();
}
