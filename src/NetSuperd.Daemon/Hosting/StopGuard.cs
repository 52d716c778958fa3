namespace NetSuperd.Hosting;

/// <summary>Ends the process where a stop hangs: a change, a file system, a plugin or the log may never return.</summary>
/// <remarks>
/// Everything it needs is allocated at start: a thread of its own, and what the system keeps for the stop. It uses neither the thread pool
/// nor a lock that other code holds, and ends the process at once.
/// </remarks>
internal sealed class StopGuard
{
    private static readonly TimeSpan Unstarted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hurried = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly IDisposable _kept = Installation.Current.KeepForStop();
    private long? _end;
    private bool _isHurried;

    /// <summary>
    /// Begins to watch for the stop, until the process has ended: a thread that a plugin has left behind may delay that as well.
    /// </summary>
    public StopGuard() => new Thread(Run) { IsBackground = true, Name = "stop guard" }.Start();

    /// <summary>How long a stop in order may take; null before the daemon serves.</summary>
    public Func<TimeSpan>? Most { get; set; }

    /// <summary>Kills the processes that must not outlive this one.</summary>
    public Action? Kill { get; set; }

    /// <summary>Logs that the stop was cut short, and removes the files that can be removed. The call may hang.</summary>
    public Action? RemoveFiles { get; set; }

    /// <summary>The exit status of the process.</summary>
    public int Status { get; set; }

    /// <summary>
    /// A stop was requested. A stop in order has the time it may take, a stop at once a few seconds, and none if it is the second request.
    /// </summary>
    public void Ask(bool now)
    {
        _kept.Dispose();
        lock (_gate)
        {
            var patience = !now ? Most?.Invoke() ?? Unstarted : _isHurried ? TimeSpan.Zero : Hurried;
            var end = Environment.TickCount64 + (long)Math.Min(patience.TotalMilliseconds, int.MaxValue);
            _end = Math.Min(_end ?? end, end);
            _isHurried |= now;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            while (_end is not { } end || end > Environment.TickCount64)
            {
                Monitor.Wait(_gate, _end is { } most ? (int)Math.Max(1, most - Environment.TickCount64) : Timeout.Infinite);
            }
        }

        End();
    }

    private void End()
    {
        try
        {
            Kill?.Invoke();
            using var said = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(_ => Leave(said), null);
            said.Wait(Farewell);

            // Once more, for children that were being forked at the first attempt.
            Kill?.Invoke();
        }
        catch (Exception)
        {
            // No message: the log or standard error may be what hangs.
            Status = ExitStatus.Software;
        }
        finally
        {
            Installation.Current.Exit(Status);
        }
    }

    private void Leave(ManualResetEventSlim said)
    {
        try
        {
            RemoveFiles?.Invoke();
            said.Set();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The process ends now, whatever is left behind.
            return;
        }
    }
}
