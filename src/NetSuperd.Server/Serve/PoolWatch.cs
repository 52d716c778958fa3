using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Notices handlers that hold pool threads instead of awaiting, and names their services in the log. It has a thread of its own, since what
/// it looks for is a pool that runs nothing.
/// </summary>
/// <remarks>
/// Two signs count: a handler whose first synchronous part does not end, and a pool that does not get round to an empty work item while a
/// handler is running code. Which handler runs code is known because every connection counts the calls that wait for it.
/// </remarks>
internal sealed class PoolWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Func<IEnumerable<SocketConnection>> _live;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private HashSet<string> _named = [];

    public PoolWatch(Func<IEnumerable<SocketConnection>> live, ILogger logger)
    {
        _live = live;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "pool watch" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(Interval))
        {
            var answered = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(static answered => answered.Set(), answered, preferLocal: false);
            Name(isStarved: !answered.Wait(Patience));
        }
    }

    /// <summary>A service is named when it begins to block, and again only after it has stopped.</summary>
    private void Name(bool isStarved)
    {
        var blocking = _live()
            .Where(connection => (isStarved || connection.HasNotYielded) && connection.RunningFor > Patience)
            .GroupBy(connection => connection.Service)
            .ToDictionary(group => group.Key, group => (Count: group.Count(), Longest: group.Max(connection => connection.RunningFor)));
        foreach (var (service, (count, longest)) in blocking.Where(pair => !_named.Contains(pair.Key)))
        {
            _logger.HandlerBlocks(service, count, longest.TotalSeconds);
        }

        _named = [.. blocking.Keys];
    }
}
