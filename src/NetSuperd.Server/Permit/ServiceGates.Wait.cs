using NetSuperd.Server.Permit.Order;

namespace NetSuperd.Server.Permit;

/// <summary>How queues of clients wait at a limit of the service.</summary>
internal sealed partial class ServiceGates
{
    // How long clients wait before the daemon checks again how many there are.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Counts a child with the sockets themselves; waits at a limit.</summary>
    /// <returns>Null after a wait: to be called again, on the map then in force.</returns>
    public async ValueTask<Lease?> EnterAsync(CancellationToken stopping)
    {
        var queue = new AsyncQueue();
        using var wait = new GateWait(queue);
        if (TryEnter(wait) is { } lease)
        {
            return lease;
        }

        await queue.Woken.WaitAsync(stopping).ConfigureAwait(false);
        return null;
    }

    /// <summary>Makes a queue wait because its first client, which has been accepted, waits at a gate and is judged again then.</summary>
    public void Wait(QueueGate gate, GateWait wait)
    {
        TimeSpan? pause;
        lock (gates)
        {
            gate.CountOf(_state).Add(wait);
            pause = PauseAt(gate);
        }

        wait.Begin(_deferral, gate.Refusal.Reason!, time);
        wait.WakeIn(pause ?? CheckInterval, time);
    }

    private Lease? Defer(GateWait wait, QueueGate closed)
    {
        if (wait.Queue.IsEmpty)
        {
            wait.Empty();
            return null;
        }

        if (closed.IsLong(wait, _state, _walk.Terms) && TryTake(out _, isAhead: true) is null)
        {
            return new Lease(this, null, null) { IsAhead = true };
        }

        QueueGate? still;
        Pace? token;
        TimeSpan? pause = null;
        lock (gates)
        {
            // A connection that ends from here on wakes the queue; one that has ended since the first check is seen now.
            still = TryTake(out token);
            if (still is not null)
            {
                still.CountOf(_state).Add(wait);
                pause = PauseAt(still);
            }
        }

        if (still is null)
        {
            _deferral.End();
            wait.Enter();
            return new Lease(this, null, token);
        }

        wait.Begin(_deferral, still.Refusal.Reason!, time);
        if (pause is { } until)
        {
            wait.WakeIn(wait.Queue.Behind is null || until < CheckInterval ? until : CheckInterval, time);
        }

        return null;
    }

    /// <summary>How long a queue sleeps before a gate although no connection ends. Under the lock.</summary>
    private TimeSpan? PauseAt(QueueGate gate) => gate.WaitOf(_state, _walk.Terms) is { } wait
        // A timer that fires a little early would only cause another check.
        ? TimeSpan.FromMilliseconds(1 + Math.Ceiling(wait * 1000.0 / time.TimestampFrequency))
        : null;

    private sealed class AsyncQueue : IGateQueue
    {
        private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int? Behind => null;

        public bool IsEmpty => false;

        public Task Woken => _woken.Task;

        public void Wake() => _woken.TrySetResult();
    }
}
