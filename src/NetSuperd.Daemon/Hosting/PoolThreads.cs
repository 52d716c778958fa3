namespace NetSuperd.Hosting;

/// <summary>
/// Pool threads, started in advance. Where the system can start no thread when the pool wants one, the runtime ends the process with
/// status 134: the daemon has those that a stop runs on, and the process of the page all.
/// </summary>
/// <remarks>The pool keeps them: <c>System.Threading.ThreadPool.ThreadsToKeepAlive</c> in the project files.</remarks>
internal static class PoolThreads
{
    private const int Count = 6;

    // The wait ends after this time on a system that cannot start all of them.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Makes the pool start the threads, which it otherwise does when there is work for them. The pool still decides how many of them work
    /// at once.
    /// </summary>
    public static void Start()
    {
        ThreadPool.GetMinThreads(out var least, out var leastPorts);
        ThreadPool.GetMaxThreads(out var most, out var mostPorts);
        Start(Math.Max(least, Count), leastPorts);
        ThreadPool.SetMinThreads(least, leastPorts);

        // The pool has by now taken the raised minimum as its target; this sets the target back.
        ThreadPool.SetMaxThreads(least, mostPorts);
        ThreadPool.SetMaxThreads(most, mostPorts);
    }

    /// <summary>Makes the pool start all threads that it will ever have.</summary>
    public static void StartAll()
    {
        // The pool has at least one for each processor.
        var count = Math.Max(Environment.ProcessorCount, Count);
        ThreadPool.GetMinThreads(out _, out var leastPorts);
        ThreadPool.GetMaxThreads(out _, out var mostPorts);
        Start(count, leastPorts);
        ThreadPool.SetMaxThreads(count, mostPorts);
    }

    private static void Start(int count, int ports)
    {
        ThreadPool.SetMinThreads(count, ports);
        var others = count - (Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);
        var missing = new CountdownEvent(others);
        for (var i = 0; i < others; i++)
        {
            // Each work item holds its thread until all have started.
            ThreadPool.UnsafeQueueUserWorkItem(threads => WaitForAll(threads), missing, preferLocal: false);
        }

        missing.Wait(Patience);
    }

    private static void WaitForAll(CountdownEvent missing)
    {
        missing.Signal();
        missing.Wait(Patience);
    }
}
