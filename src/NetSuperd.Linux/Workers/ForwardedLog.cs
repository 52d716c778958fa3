using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;

namespace NetSuperd.Linux.Workers;

/// <summary>In a worker: sends every event to the daemon, which has the log.</summary>
/// <param name="channel">The channel to the daemon.</param>
internal sealed class ForwardedLog(MessageSocket channel) : ILoggerFactory
{
    private const string Own = "NetSuperd";

    // A longer text would not fit into a message with the rest of the event.
    private const int MostLetters = 8 * 1024;

    private readonly ConcurrentDictionary<string, Forwarder> _loggers = new();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new Forwarder(channel, name == Own));

    /// <inheritdoc/>
    /// <remarks>There is one log, the daemon's.</remarks>
    public void AddProvider(ILoggerProvider provider)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static string Cut(string text) => text.Length <= MostLetters ? text : text[..MostLetters] + "...";

    /// <summary>Sends the events of one category.</summary>
    private sealed class Forwarder(MessageSocket channel, bool isOwn) : ILogger
    {
        private readonly AsyncLocal<IReadOnlyDictionary<string, object>?> _scope = new();

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Debug and < LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            if (state is not IReadOnlyDictionary<string, object> values)
            {
                return null;
            }

            var before = _scope.Value;
            _scope.Value = values;
            return new Scope(this, before);
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = (state as IEnumerable<KeyValuePair<string, object?>>)?
                .GroupBy(value => value.Key)
                .ToDictionary(same => same.Key, same => Simple(same.First().Value)) ?? [];
            var service = (_scope.Value?.GetValueOrDefault("Service") ?? values.GetValueOrDefault("Service")) as string;
            var id = (_scope.Value?.GetValueOrDefault("ConnectionId") ?? values.GetValueOrDefault("ConnectionId")) as long?;
            if (IsEnabled(logLevel) && (service is not null || logLevel >= LogLevel.Warning))
            {
                var form = new LogForm(
                    service ?? "",
                    id,
                    (int)logLevel,
                    isOwn,
                    eventId.Id,
                    eventId.Name,
                    Cut(formatter(state, exception)),
                    values,
                    exception is null ? null : Cut(exception.ToString()));
                Send(form);
            }
        }

        private static object? Simple(object? value) => value switch
        {
            null or bool or long => value,
            int number => (long)number,
            double number when double.IsFinite(number) => value,
            _ => Cut(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
        };

        /// <summary>Sends an event; where its values are too long for a message, its text alone.</summary>
        private void Send(LogForm form)
        {
            var message = WorkerJson.Write(MessageKind.Logged, form)
                ?? WorkerJson.Write(MessageKind.Logged, form with { Values = new Dictionary<string, object?>() });
            if (message is not null)
            {
                channel.Send(message);
            }
        }

        private sealed class Scope(Forwarder forwarder, IReadOnlyDictionary<string, object>? before) : IDisposable
        {
            public void Dispose() => forwarder._scope.Value = before;
        }
    }
}
