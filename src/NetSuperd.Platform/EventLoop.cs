using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>A thread that waits for descriptors, calls their watchers, and runs posted work.</summary>
/// <remarks>
/// Overview. State that only the watchers and the posted work of one loop use needs no lock. A loop has no static state: several loops may
/// share the work, and watch the same listening socket.
/// <para>
/// A <see cref="Readiness"/> reports a descriptor by a token, which has the number of a slot and the generation of that slot. Each
/// <see cref="Forget(long)"/> begins another generation, so an event that it has already returned never reaches a later watcher.
/// An event takes no lock: the watcher is read before the generation, and written after it.
/// </para>
/// </remarks>
public sealed class EventLoop : IDisposable
{
    private const int NoSlot = -1;

    private readonly Readiness _readiness;
    private readonly Lock _lock = new();
    private readonly Action<Exception> _failed;
    private readonly TimeProvider _time;
    private readonly Thread _thread;
    private Slot[] _slots = new Slot[16];
    private int _used;
    private int _free = NoSlot;
    private List<ILoopWork> _posted = [];
    private List<ILoopWork> _running = [];
    private bool _sleeps;
    private long _turns;
    private volatile bool _stop;

    /// <summary>Starts a loop.</summary>
    /// <param name="name">The name of its thread.</param>
    /// <param name="readiness">What it waits with; it belongs to the loop from now on.</param>
    /// <param name="failed">Called on the loop with an exception of a watcher or of posted work; the loop continues.</param>
    /// <param name="time">The clock; null: the system's.</param>
    public EventLoop(string name, Readiness readiness, Action<Exception> failed, TimeProvider? time = null)
    {
        _readiness = readiness;
        _failed = failed;
        _time = time ?? TimeProvider.System;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        try
        {
            _thread.UnsafeStart();
        }
        catch (OutOfMemoryException)
        {
            _readiness.Dispose();
            throw;
        }
    }

    /// <summary>
    /// When the present turn of the loop began (<see cref="TimeProvider.GetTimestamp"/>). For callers on the loop: asking the clock at each
    /// call costs more than many calls do.
    /// </summary>
    public long TurnBegan { get; private set; }

    /// <summary>The name of its thread.</summary>
    public string Name => _thread.Name!;

    /// <summary>How often it has returned from waiting.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Whether the caller runs on the loop's thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Watches a descriptor, which stays open until it is forgotten. From any thread.</summary>
    /// <returns>The token of the registration.</returns>
    /// <exception cref="CallException">The descriptor cannot be watched: it is watched already, or no memory is left.</exception>
    public long Watch(SafeHandle descriptor, IWatcher watcher, Events events)
    {
        var token = Take(watcher);
        try
        {
            _readiness.Add(descriptor, token, events);
        }
        catch
        {
            Forget(token);
            throw;
        }

        return token;
    }

    /// <summary>Changes the events that a descriptor is watched for. From any thread.</summary>
    /// <exception cref="CallException">The system has no memory left.</exception>
    public void Change(SafeHandle descriptor, long token, Events events) => _readiness.Change(descriptor, token, events);

    /// <summary>
    /// Stops watching a descriptor. When this returns on the loop's thread, the watcher is not called again; on another thread, a call may
    /// be under way.
    /// </summary>
    public void Forget(SafeHandle descriptor, long token)
    {
        Forget(token);
        _readiness.Remove(descriptor);
    }

    /// <summary>
    /// The same for a descriptor that is going to be closed and of which no copy exists: closing it removes it from the set (epoll(7),
    /// Questions and answers).
    /// </summary>
    public void Forget(long token)
    {
        var index = (int)token;
        lock (_lock)
        {
            ref var slot = ref _slots[index];
            if (slot.Generation != (int)(token >> 32))
            {
                return;
            }

            Volatile.Write(ref slot.Generation, (slot.Generation + 1) & int.MaxValue);
            Volatile.Write(ref slot.Watcher, null);
            slot.NextFree = _free;
            _free = index;
        }
    }

    /// <summary>
    /// Runs work on the loop's thread, after the work that was posted before it. From any thread; work that is posted on the loop runs in
    /// its next turn.
    /// </summary>
    public void Post(ILoopWork work)
    {
        lock (_lock)
        {
            _posted.Add(work);
            if (_sleeps)
            {
                _sleeps = false;
                _readiness.Wake();
            }
        }
    }

    /// <summary>Completes when the loop has run all work that was posted before: a sign that it does not hang.</summary>
    public Task TurnAsync()
    {
        var turn = new Turn();
        Post(turn);
        return turn.Task;
    }

    /// <summary>
    /// Ends the loop after the posted work has run, and waits for that unless it is called on the loop. Work that is posted later never
    /// runs.
    /// </summary>
    public void Dispose()
    {
        if (_stop)
        {
            return;
        }

        _stop = true;
        _readiness.Wake();
        if (!IsCurrent)
        {
            _thread.Join();
            _readiness.Dispose();
        }
    }

    private void Run()
    {
        while (!_stop)
        {
            var ready = _readiness.Wait(FallAsleep() ? null : TimeSpan.Zero);
            Volatile.Write(ref _sleeps, false);
            TurnBegan = _time.GetTimestamp();
            Volatile.Write(ref _turns, _turns + 1);
            foreach (var descriptor in ready)
            {
                Deliver(descriptor.Token, descriptor.Events);
            }

            RunPosted();
        }

        RunPosted();
    }

    /// <summary>Whether the loop has nothing to do until an event comes. From then on a post wakes it.</summary>
    private bool FallAsleep()
    {
        lock (_lock)
        {
            return _sleeps = _posted.Count == 0;
        }
    }

    private void Deliver(long token, Events events)
    {
        // The wake event has no slot.
        if (token < 0)
        {
            return;
        }

        ref var slot = ref Volatile.Read(ref _slots)[(int)token];
        var watcher = Volatile.Read(ref slot.Watcher);
        if (watcher is not null && Volatile.Read(ref slot.Generation) == (int)(token >> 32))
        {
            try
            {
                watcher.Ready(events);
            }
            catch (Exception failure)
            {
                _failed(failure);
            }
        }
    }

    private void RunPosted()
    {
        lock (_lock)
        {
            (_posted, _running) = (_running, _posted);
        }

        foreach (var work in _running)
        {
            try
            {
                work.Run();
            }
            catch (Exception failure)
            {
                _failed(failure);
            }
        }

        _running.Clear();
    }

    private long Take(IWatcher watcher)
    {
        lock (_lock)
        {
            var index = _free;
            if (index != NoSlot)
            {
                _free = _slots[index].NextFree;
            }
            else
            {
                index = _used++;
                if (index == _slots.Length)
                {
                    var larger = new Slot[2 * index];
                    _slots.CopyTo(larger, 0);
                    Volatile.Write(ref _slots, larger);
                }
            }

            ref var slot = ref _slots[index];
            Volatile.Write(ref slot.Watcher, watcher);
            return ((long)slot.Generation << 32) | (uint)index;
        }
    }

    private sealed class Turn() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), ILoopWork
    {
        public void Run() => SetResult();
    }

    private struct Slot
    {
        public IWatcher? Watcher;
        public int Generation;
        public int NextFree;
    }
}
