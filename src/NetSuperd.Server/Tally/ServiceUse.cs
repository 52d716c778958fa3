namespace NetSuperd.Server.Tally;

/// <summary>A service of one map, for as long as it is in use: by the map in force, and by every connection that began with it.</summary>
internal sealed class ServiceUse(string name, ServiceTotals totals, ServiceLines log)
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The map itself is the first user.
    private int _users = 1;

    /// <summary>The service.</summary>
    public string Name => name;

    /// <summary>Its counters, which another map does not reset.</summary>
    public ServiceTotals Totals => totals;

    /// <summary>The budget of its handler's lines, which another map does not reset either.</summary>
    public HandlerLines Lines => log.OfHandler;

    /// <summary>Which lines the log takes for it.</summary>
    public ServiceLines Log => log;

    /// <summary>Completes when it is no longer in use.</summary>
    public Task Unused => _unused.Task;

    /// <summary>Adds a connection that uses it.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>Removes a connection that has ended, or the map that is no longer in force.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _unused.TrySetResult();
        }
    }
}
