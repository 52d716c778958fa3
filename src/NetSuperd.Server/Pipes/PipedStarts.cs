namespace NetSuperd.Server.Pipes;

/// <summary>The children with pipes that are to be started: those that wait, and those that are being started.</summary>
/// <remarks>
/// A start holds its thread for as long as the system takes to read the program, so all have one of their own: those of the pool move
/// the bytes of the children that run.
/// </remarks>
internal sealed class PipedStarts
{
    // Beyond this, clients can as well wait in the backlogs.
    private const int MostAtOnce = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = new();
    private readonly HashSet<IWaitsForRoom> _waiters = [];
    private int _count;
    private bool _hasThread;

    /// <summary>Whether another start has to wait because too many are under way; the waiter is called when there is room.</summary>
    public bool MustWait(IWaitsForRoom waiter)
    {
        lock (_lock)
        {
            var mustWait = _count >= MostAtOnce;
            if (mustWait)
            {
                _waiters.Add(waiter);
            }

            return mustWait;
        }
    }

    /// <summary>Starts a child when those that were added before have been started.</summary>
    /// <param name="start">Starts it. It never fails.</param>
    /// <exception cref="OutOfMemoryException">The system has no more threads; the child is not started.</exception>
    public void Add(Action start)
    {
        lock (_lock)
        {
            if (!_hasThread)
            {
                // First, since it fails where the system has no more threads.
                new Thread(Run) { IsBackground = true, Name = "starts" }.UnsafeStart();
                _hasThread = true;
            }

            _count++;
            _waiting.Enqueue(start);
        }
    }

    /// <summary>Completes when every child that was added before has been started or has failed.</summary>
    public Task WhenStartedAsync()
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                return Task.CompletedTask;
            }

            var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(settled.SetResult);
            _count++;
            return settled.Task;
        }
    }

    /// <summary>The thread, which ends when there is nothing to start.</summary>
    private void Run()
    {
        while (Next() is { } start)
        {
            start();
            Done();
        }
    }

    private Action? Next()
    {
        lock (_lock)
        {
            _hasThread = _waiting.TryDequeue(out var start);
            return start;
        }
    }

    private void Done()
    {
        List<IWaitsForRoom> waiters;
        lock (_lock)
        {
            if (--_count >= MostAtOnce || _waiters.Count == 0)
            {
                return;
            }

            waiters = [.. _waiters];
            _waiters.Clear();
        }

        waiters.ForEach(waiter => waiter.RoomMade());
    }
}
