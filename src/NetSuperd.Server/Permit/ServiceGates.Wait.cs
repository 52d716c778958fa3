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

    /// <summary>
    /// Makes a queue wait until there may be a token for its first client, which has been accepted without one and is judged again then.
    /// </summary>
    public void WaitForToken(GateWait wait)
    {
        lock (gates)
        {
            Connections.Add(wait);
        }

        wait.Begin(_deferral, Verdict.Rate.Reason!);
        wait.WakeIn(UntilToken(), time);
    }

    private Lease? Defer(GateWait wait, Verdict refusal)
    {
        if (wait.Queue.IsEmpty)
        {
            return null;
        }

        var behind = refusal == Verdict.Rate ? wait.Queue.Behind : null;
        if (IsLong(behind) && TryTake(out _, isAhead: true).Reason is null)
        {
            return new Lease(this, default, null) { IsAhead = true };
        }

        Pace? token;
        lock (gates)
        {
            // A connection that ends from here on wakes the queue; one that has ended since the first check is seen now.
            refusal = TryTake(out token);
            if (refusal.Reason is not null)
            {
                (refusal == Verdict.TotalLimit ? total : Connections).Add(wait);
            }
        }

        if (refusal.Reason is not { } reason)
        {
            _deferral.End();
            return new Lease(this, default, token);
        }

        wait.Begin(_deferral, reason);
        if (refusal == Verdict.Rate)
        {
            var wake = UntilToken();
            wait.WakeIn((behind ?? wait.Queue.Behind) is null || wake < CheckInterval ? wake : CheckInterval, time);
        }

        return null;
    }

    /// <summary>Whether more wait than a second brings tokens for, and more than two.</summary>
    private bool IsLong(int? behind) =>
        behind is { } count && _walk.Terms.Pace is { } pace && count > Math.Max(2, time.TimestampFrequency / pace.Interval);

    private TimeSpan UntilToken()
    {
        lock (gates)
        {
            // A timer that fires a little early would only cause another check.
            var wait = _walk.Terms.Pace is { } pace ? _state.Bucket.Wait(pace, time.GetTimestamp()) : 0;
            return TimeSpan.FromMilliseconds(1 + Math.Ceiling(wait * 1000.0 / time.TimestampFrequency));
        }
    }

    private sealed class AsyncQueue : IGateQueue
    {
        private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int? Behind => null;

        public bool IsEmpty => false;

        public Task Woken => _woken.Task;

        public void Wake() => _woken.TrySetResult();
    }
}
