namespace NetSuperd.Server.Serve;

/// <summary>A thread of the pool, with the service whose handler runs on it just now.</summary>
/// <remarks>
/// The name of the service flows with the handler wherever its code goes on: after an await, in a task that it starts, in the callback of a timer or
/// a token. So a thread that a handler holds is known whichever way it blocks, and what its connection waits for meanwhile does not matter.
/// </remarks>
internal sealed class HandlerThread
{
    private static readonly AsyncLocal<string?> Flow = new(changed => OnChanged(changed.CurrentValue));
    private static readonly Lock Listing = new();
    private static readonly List<HandlerThread> Threads = [];

    [ThreadStatic]
    private static HandlerThread? _current;

    private readonly Thread _thread = Thread.CurrentThread;
    private volatile string? _service;
    private long _since;

    /// <summary>From here on the code of a handler runs: on this thread, and wherever it goes on.</summary>
    /// <param name="service">Its service; null: the code of the daemon runs again.</param>
    public static void Enter(string? service) => Flow.Value = service;

    /// <summary>The handler on this thread has got something done that needed no wait.</summary>
    public static void Progress()
    {
        if (_current is { } thread)
        {
            Volatile.Write(ref thread._since, TimeProvider.System.GetTimestamp());
        }
    }

    /// <summary>The threads that handlers hold, and for how long.</summary>
    public static IReadOnlyList<(string Service, TimeSpan Elapsed)> Held()
    {
        lock (Listing)
        {
            Threads.RemoveAll(thread => !thread._thread.IsAlive);
            return [.. Threads.Select(thread => (Service: thread._service!, Elapsed: TimeProvider.System.GetElapsedTime(Volatile.Read(ref thread._since))))
                .Where(held => held.Service is not null)];
        }
    }

    private static void OnChanged(string? service)
    {
        // A thread that a plugin has made may be held as long as the plugin likes.
        if (_current is not { } thread)
        {
            if (service is null || !Thread.CurrentThread.IsThreadPoolThread)
            {
                return;
            }

            _current = thread = new HandlerThread();
            lock (Listing)
            {
                Threads.Add(thread);
            }
        }

        Volatile.Write(ref thread._since, TimeProvider.System.GetTimestamp());
        thread._service = service;
    }
}
