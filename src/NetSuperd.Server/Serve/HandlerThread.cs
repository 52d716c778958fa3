using NetSuperd.Platform;

namespace NetSuperd.Server.Serve;

/// <summary>A thread of the pool, with the handler that runs on it now.</summary>
/// <remarks>
/// The name of the handler flows with the handler wherever its code continues: after an await, in a task that it starts, in the callback of
/// a timer or a token. So a thread that a handler holds is recognised however it blocks, whatever its connection waits for meanwhile.
/// </remarks>
internal sealed class HandlerThread
{
    private static readonly AsyncLocal<HandlerName?> Flow = new(changed => OnChanged(changed.CurrentValue));
    private static readonly Lock Listing = new();
    private static readonly List<HandlerThread> Threads = [];
    private static readonly ManualResetEventSlim Entering = new();

    [ThreadStatic]
    private static HandlerThread? _current;

    private readonly Thread _thread = Thread.CurrentThread;
    private readonly int _number = Process?.CurrentThread ?? 0;
    private volatile HandlerName? _handler;
    private volatile string? _call;
    private long _since;

    // For the watch: when the measurement of its processor time began, the time that it had used by then, and the time that it had used
    // when the watch last saw it asleep.
    private long _measuredSince;
    private TimeSpan _measuredFrom;
    private TimeSpan? _asleepAt;

    /// <summary>This process, which knows what its threads do. Set before the first handler exists.</summary>
    public static IOwnProcess? Process { get; set; }

    /// <summary>Marks that the code of a handler runs from here on: on this thread, and wherever it continues.</summary>
    /// <param name="handler">The handler; null: the code of the daemon runs again.</param>
    public static void Enter(HandlerName? handler) => Flow.Value = handler;

    /// <summary>Marks that the handler on this thread waits in a call of its connection that holds the thread.</summary>
    /// <param name="call">The call; null: it has returned.</param>
    public static void Block(string? call)
    {
        if (_current is { } thread)
        {
            thread._call = call;
        }
    }

    /// <summary>Marks that the handler on this thread has made progress without a wait.</summary>
    public static void Progress()
    {
        if (_current is { } thread)
        {
            Volatile.Write(ref thread._since, TimeProvider.System.GetTimestamp());
        }
    }

    /// <summary>Waits until a handler runs on some thread. For one caller at a time.</summary>
    /// <param name="stop">Ends the waiting.</param>
    public static void WaitForOne(WaitHandle stop)
    {
        // A handler that enters from here on is seen below, or sets it again. The barrier spares its thread one at each entry.
        Entering.Reset();
        Interlocked.MemoryBarrierProcessWide();
        lock (Listing)
        {
            if (Threads.Exists(thread => thread._handler is not null))
            {
                return;
            }
        }

        WaitHandle.WaitAny([Entering.WaitHandle, stop]);
    }

    /// <summary>The threads that handlers have held for longer than a time, without any progress.</summary>
    public static IReadOnlyList<HeldThread> Held(TimeSpan longerThan)
    {
        lock (Listing)
        {
            Threads.RemoveAll(thread => !thread._thread.IsAlive);
            return [.. Threads.Select(thread => thread.HeldFor(longerThan)).OfType<HeldThread>()];
        }
    }

    /// <summary>The call with which the handler holds it now.</summary>
    public BlockingCall Call => _call is { } call
        ? new BlockingCall(call, $"await {call}Async instead")
        : Process?.CallOf(_thread, _number) ?? default;

    private HeldThread? HeldFor(TimeSpan longerThan)
    {
        var since = Volatile.Read(ref _since);
        var elapsed = TimeProvider.System.GetElapsedTime(since);
        if (_handler is not { } handler || elapsed <= longerThan)
        {
            return null;
        }

        // Where the system does not report what the thread does, it may wait for anything.
        var use = Process?.UseOf(_number) ?? new ThreadUse(Sleeps: true, TimeSpan.Zero);
        if (_measuredSince != since)
        {
            (_measuredSince, _measuredFrom, _asleepAt) = (since, use.Processor, null);
        }

        // A thread that computes is asleep for a moment, too, for example while memory is collected.
        var waits = use.Sleeps && _asleepAt == use.Processor;
        _asleepAt = use.Sleeps ? use.Processor : null;
        return new HeldThread(this, handler, elapsed, use.Sleeps, waits, use.Processor - _measuredFrom);
    }

    private static void OnChanged(HandlerName? handler)
    {
        // A plugin may hold a thread of its own as long as it likes.
        if (_current is not { } thread)
        {
            if (handler is null || !Thread.CurrentThread.IsThreadPoolThread)
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
        thread._handler = handler;
        thread._call = null;
        if (handler is not null && !Entering.IsSet)
        {
            Entering.Set();
        }
    }
}
