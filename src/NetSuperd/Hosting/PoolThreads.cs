namespace NetSuperd.Hosting;

/// <summary>
/// The pool threads that a stop runs on, started in advance. Where the system can start no thread when the pool wants one, the runtime ends
/// the process with status 134.
/// </summary>
/// <remarks>The pool keeps them: <c>System.Threading.ThreadPool.ThreadsToKeepAlive</c> in the project file has the same number.</remarks>
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
        ThreadPool.SetMinThreads(Math.Max(least, Count), leastPorts);
        var others = Count - (Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);
        var missing = new CountdownEvent(others);
        for (var i = 0; i < others; i++)
        {
            // Each work item holds its thread until all have started.
            ThreadPool.UnsafeQueueUserWorkItem(threads => WaitForAll(threads), missing, preferLocal: false);
        }

        missing.Wait(Patience);
        ThreadPool.SetMinThreads(least, leastPorts);

        // The pool has by now taken the raised minimum as its target; this sets the target back.
        ThreadPool.SetMaxThreads(least, mostPorts);
        ThreadPool.SetMaxThreads(most, mostPorts);
    }

    private static void WaitForAll(CountdownEvent missing)
    {
        missing.Signal();
        missing.Wait(Patience);
    }
}
