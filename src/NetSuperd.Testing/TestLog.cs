using Microsoft.Extensions.Logging;

namespace NetSuperd.Testing;

/// <summary>Keeps what a handler logs.</summary>
public sealed class TestLog : ILogger
{
    private readonly Lock _gate = new();
    private readonly List<TestLine> _lines = [];

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<TestLine> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
        {
            _lines.Add(new TestLine(logLevel, eventId, formatter(state, exception), exception));
        }
    }
}

/// <summary>Gives every logger the same log.</summary>
internal sealed class TestLoggers(TestLog log) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => log;

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("the lines of a handler go to the log of the test");

    public void Dispose()
    {
    }
}

/// <summary>A line of the log.</summary>
/// <param name="Level">Its level.</param>
/// <param name="Event">The number and name of the event.</param>
/// <param name="Message">The text.</param>
/// <param name="Exception">The exception, if it has one.</param>
public sealed record TestLine(LogLevel Level, EventId Event, string Message, Exception? Exception);
