namespace NetSuperd.Server.Tally;

/// <summary>
/// A service as one map has it, for as long as anything uses it: the map in force, and every connection that began with it.
/// </summary>
internal sealed class ServiceUse(string name, ServiceTotals totals, HandlerLines lines)
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The map itself is the first user.
    private int _users = 1;

    /// <summary>The service.</summary>
    public string Name => name;

    /// <summary>Its counters, which do not begin anew with another map.</summary>
    public ServiceTotals Totals => totals;

    /// <summary>The lines of its handler, whose budget does not begin anew either.</summary>
    public HandlerLines Lines => lines;

    /// <summary>Completes when nothing uses it any more.</summary>
    public Task Unused => _unused.Task;

    /// <summary>A connection begins.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>A connection has ended, or another map is in force.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _unused.TrySetResult();
        }
    }
}
