namespace NetSuperd.Hosting;

/// <summary>
/// The threads of the pool that a stop runs on. Where the system has none left when the pool wants one, the runtime ends the process with
/// 134.
/// </summary>
/// <remarks>They stay: <c>System.Threading.ThreadPool.ThreadsToKeepAlive</c> of the project file has the same number.</remarks>
internal static class PoolThreads
{
    private const int Count = 6;

    // What a system takes that has no thread for one of them.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Has the pool start them, which it does otherwise when there is work for them. How many of them it lets work at once stays its own
    /// affair.
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
            // Each holds its thread until all are there.
            ThreadPool.UnsafeQueueUserWorkItem(threads => Meet(threads), missing, preferLocal: false);
        }

        missing.Wait(Patience);
        ThreadPool.SetMinThreads(least, leastPorts);

        // The pool has by now taken the greater number for what it is to use.
        ThreadPool.SetMaxThreads(least, mostPorts);
        ThreadPool.SetMaxThreads(most, mostPorts);
    }

    private static void Meet(CountdownEvent missing)
    {
        missing.Signal();
        missing.Wait(Patience);
    }
}
