using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tests;

/// <summary>A logged event.</summary>
internal sealed record LoggedEvent(int Id, LogLevel Level, IReadOnlyDictionary<string, object?> Values, Exception? Exception)
{
    public object? this[string name] => Values[name];
}

/// <summary>Keeps what is logged. An error that the test did not expect fails it at the end.</summary>
internal sealed class RecordingLogger : ILogger, ILoggerFactory
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<LoggedEvent> _events = [];
    private readonly HashSet<int> _expected = [];
    private readonly AsyncLocal<IEnumerable<KeyValuePair<string, object>>?> _scope = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<LoggedEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public IReadOnlyList<int> Ids => [.. Events.Select(logged => logged.Id)];

    public IReadOnlyList<LoggedEvent> Of(int id) => [.. Events.Where(logged => logged.Id == id)];

    /// <summary>Called for each event on the thread that logs it: for tests whose own awaits cannot continue.</summary>
    public Action<LoggedEvent>? OnLogged { get; set; }

    /// <summary>Errors of these ids are what the test is about.</summary>
    public RecordingLogger Expects(params int[] ids)
    {
        _expected.UnionWith(ids);
        return this;
    }

    /// <summary>Waits until the event was logged so many times.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> WhenAsync(int id, int count = 1)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
                if (_events.Count(logged => logged.Id == id) >= count)
                {
                    return Of(id);
                }
            }

            await changed.WaitAsync(Patience);
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = (state as IEnumerable<KeyValuePair<string, object?>> ?? []).ToDictionary(pair => pair.Key, pair => pair.Value);
        values["Text"] = formatter(state, exception);
        foreach (var (name, value) in _scope.Value ?? [])
        {
            values.TryAdd(name, value);
        }

        var logged = new LoggedEvent(eventId.Id, logLevel, values, exception);
        TaskCompletionSource changed;
        lock (_gate)
        {
            _events.Add(logged);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
        OnLogged?.Invoke(logged);
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        var before = _scope.Value;
        _scope.Value = state as IEnumerable<KeyValuePair<string, object>>;
        return new Scope(() => _scope.Value = before);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        var unexpected = Events.Where(logged => logged.Level >= LogLevel.Error && !_expected.Contains(logged.Id));
        Assert.Empty(unexpected.Select(logged => $"{logged.Id} {logged["Text"]} {logged.Exception}"));
    }

    private sealed class Scope(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
