using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Keeps the thread pool responsive where handlers hold its threads instead of awaiting, and names their services in the log. It has a
/// thread of its own, since a pool whose threads are all held runs nothing.
/// </summary>
/// <remarks>
/// The daemon's own work shares the pool with plugins, and a pool whose threads are all held starts only one or two more a second. So the
/// pool may start at once, within a bound, two more for each thread that waits in a handler, and one for each piece of work in its queue,
/// which may hold a thread as well: three hundred connections that block within a moment are compensated in some 30 ms. When no handler
/// holds a thread, the pool has its normal size again. Threads that compute are different: more of them make each slower, and slow threads
/// must not count as held, or the pool would grow because it grows. So processor time counts for them, which a crowd cannot lengthen, and
/// each adds one thread only: the processors bound how fast the pool grows, and it grows as long as handlers compute without end.
/// </remarks>
internal sealed class PoolWatch : IDisposable
{
    // As many as two services have connections by default. A waiting thread costs some 30 KiB.
    private const int MostThreads = 2000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongComputing = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly (int Threads, int Ports) Usual = UsualThreads();

    private readonly ManualResetEventSlim _stop = new();
    private readonly ILogger _logger;
    private Thread? _thread;
    private int _threads = Usual.Threads;
    private HashSet<string> _named = [];

    public PoolWatch(ILogger logger) => _logger = logger;

    /// <summary>Starts the watch, unless it runs. Where no thread can be started, the next call tries again. One call at a time.</summary>
    public void Start()
    {
        if (_thread is not null)
        {
            return;
        }

        try
        {
            var thread = new Thread(Run) { IsBackground = true, Name = "pool watch" };
            thread.Start();
            _thread = thread;
        }
        catch (OutOfMemoryException)
        {
            // Handlers run without the watch; once the next call has started it, blocking handlers are named.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _stop.Dispose();
        Resize([]);
    }

    private static (int Threads, int Ports) UsualThreads()
    {
        ThreadPool.GetMinThreads(out var threads, out var ports);
        return (threads, ports);
    }

    private void Run()
    {
        var soon = true;
        while (!_stop.Wait(soon ? ShortInterval : Interval))
        {
            // To look at the held threads costs something for each, so that is done less often once their number stays the same.
            var held = HandlerThread.Held(ShortInterval);
            soon = Resize(held) || held.Count == 0 || held.Any(thread => thread.Sleeps && !thread.Waits);
            Name(held);
            if (held.Count == 0)
            {
                HandlerThread.WaitForOne(_stop.WaitHandle);
            }
        }
    }

    /// <summary>Lets the pool use as many threads as it needs beside the held ones.</summary>
    /// <returns>Whether the number has grown.</returns>
    private bool Resize(IReadOnlyList<HeldThread> held)
    {
        var before = _threads;
        var queued = held.Any(thread => thread.Waits) ? ThreadPool.PendingWorkItemCount : 0;
        var threads = (int)Math.Min(MostThreads, Usual.Threads + held.Sum(MadeUpBy) + queued);
        if (threads != before && ThreadPool.SetMinThreads(threads, Usual.Ports))
        {
            _threads = threads;
        }

        return _threads > before;
    }

    private static int MadeUpBy(HeldThread thread) => thread.Waits ? 2 : thread.Computed >= LongComputing ? 1 : 0;

    /// <summary>A service is named when it begins to block, and again only after it has stopped.</summary>
    private void Name(IReadOnlyList<HeldThread> held)
    {
        var blocking = held.Where(thread => thread.Elapsed > Patience)
            .GroupBy(thread => thread.Handler.Service)
            .ToDictionary(group => group.Key, group => (Count: group.Count(), Longest: group.MaxBy(thread => thread.Elapsed)));
        foreach (var (service, (count, longest)) in blocking.Where(pair => !_named.Contains(pair.Key)))
        {
            var call = longest.Thread.Call;
            _logger.HandlerBlocks(longest.Handler.Handler, service, count, longest.Elapsed.TotalSeconds, call.Name, call.Advice);
        }

        _named = [.. blocking.Keys];
    }
}
