using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>Asks the children that have the sockets of a listener to end when no client has come for <c>idle_stop</c>.</summary>
/// <remarks>
/// A client that comes meanwhile must not meet a child that is about to end. So the children are stopped for a moment (SIGSTOP). If they
/// have accepted a client by then, it is seen, and they continue. Any other client waits on the socket, which the daemon has as well, and
/// starts the next children. A child that ignores the signal is killed after the drain time, but not while it serves a client.
/// </remarks>
/// <param name="listener">The listener.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class IdleWatch(Listener listener, ILogger logger, TimeProvider time) : IIdleWatch
{
    // Children end a tenth of the time late at most.
    private const int LooksPerTime = 10;
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostPause = TimeSpan.FromMinutes(1);

    // How long the signal may take to reach children that are stopped.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private ISocketHolder? _holder;
    private TimeSpan? _limit;
    private volatile ISocketHolder? _asked;

    /// <summary>Whether children were asked to end because no client came.</summary>
    public bool HasAsked(ISocketHolder? holder) => holder is not null && _asked == holder;

    /// <summary>Notes which children have the sockets, and how long they may be idle.</summary>
    public void Note(ISocketHolder? holder, TimeSpan? limit)
    {
        lock (_lock)
        {
            if ((holder, limit) == (_holder, _limit))
            {
                return;
            }

            (_holder, _limit) = (holder, limit);
        }

        Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();
    }

    /// <summary>Watches until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        ISocketHolder? watched = null;
        var (trace, since, asked) = (new ClientTrace(), 0L, 0L);
        while (!stopping.IsCancellationRequested)
        {
            var changed = Volatile.Read(ref _changed).Task;
            var (holder, limit) = (_holder, _limit);
            var released = Task.WhenAll(listener.Sockets.Select(socket => socket.Released));
            if (holder is null or { Ended.IsCompleted: true } || limit is null || !released.IsCompleted)
            {
                await (released.IsCompleted ? changed : Task.WhenAny(changed, released))
                    .WaitAsync(MostPause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            if (holder != watched)
            {
                (watched, trace, since) = (holder, new ClientTrace(), time.GetTimestamp());
            }

            await PauseAsync(limit.Value, Task.WhenAny(changed, holder.Ended), stopping).ConfigureAwait(false);
            if (changed.IsCompleted || holder.Ended.IsCompleted || stopping.IsCancellationRequested)
            {
                continue;
            }

            // A client that comes during a slow look is seen by the next one.
            var began = time.GetTimestamp();
            try
            {
                if (HasAsked(holder))
                {
                    EndLate(holder, trace, time.GetElapsedTime(asked));
                }
                else if (holder.IsEnding || trace.HasClient([.. listener.Sockets], holder.Leaders)
                    || (time.GetElapsedTime(since, began) >= limit && !await TryEndAsync(holder, trace).ConfigureAwait(false)))
                {
                    since = time.GetTimestamp();
                }
                else if (HasAsked(holder))
                {
                    asked = time.GetTimestamp();
                }
            }
            catch (Exception failure)
            {
                // No failure ends the watch; the next look may succeed.
                logger.LookFailed(failure);
            }
        }
    }

    private async Task PauseAsync(TimeSpan limit, Task sooner, CancellationToken stopping)
    {
        var pause = TimeSpan.FromTicks(Math.Clamp((limit / LooksPerTime).Ticks, LeastPause.Ticks, MostPause.Ticks));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(sooner, Task.Delay(pause, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Asks the children to end, unless a client has just come.</summary>
    /// <returns>Whether they were asked.</returns>
    private async Task<bool> TryEndAsync(ISocketHolder holder, ClientTrace trace)
    {
        var sockets = listener.Sockets.ToList();
        var leaders = holder.Leaders;
        using var hold = new SessionHold();
        if (leaders.Count == 0 || !await hold.StopAsync(leaders).ConfigureAwait(false) || !holder.Leaders.SetEquals(leaders)
            || trace.IsServing(sockets) || sockets.Exists(ClientTrace.IsWaitedFor))
        {
            return false;
        }

        _asked = holder;
        listener.EndChildren("idle", TimeSpan.MaxValue, all: true, evenLeft: true);
        await holder.Asked.WaitAsync(Patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

    private void EndLate(ISocketHolder holder, ClientTrace trace, TimeSpan elapsed)
    {
        if (elapsed >= listener.Assignment.Drain && !trace.IsServing([.. listener.Sockets]))
        {
            holder.End(TimeSpan.Zero);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
