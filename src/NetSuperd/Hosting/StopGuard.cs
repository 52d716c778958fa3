using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <summary>Ends the process where a stop does not: a change, a file system, a plugin or the log may hang for ever.</summary>
/// <remarks>
/// All that it needs is there from the start: a thread of its own, and descriptors that the stop gets. It asks nothing of the thread pool,
/// takes no lock that anything else holds, and ends the process by _exit(2).
/// </remarks>
internal sealed class StopGuard
{
    // What a stop opens: files of /proc, the pid file, a watch, and for each thread that the runtime starts.
    private const int Descriptors = 16;

    private static readonly TimeSpan Unstarted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hurried = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly List<Descriptor> _kept = [];
    private long? _end;
    private bool _isHurried;

    /// <summary>
    /// Begins to wait for the stop. It waits until the process has ended, which a thread that a plugin has left behind may hold up as well.
    /// </summary>
    public StopGuard()
    {
        using var nothing = File.OpenHandle("/dev/null");
        for (var i = 0; i < Descriptors; i++)
        {
            _kept.Add(Descriptor.Duplicate(nothing));
        }

        new Thread(Run) { IsBackground = true, Name = "stop guard" }.Start();
    }

    /// <summary>How long a stop in order may take; null before anything is served.</summary>
    public Func<TimeSpan>? Most { get; set; }

    /// <summary>Ends at once what must not outlive the process.</summary>
    public Action? Kill { get; set; }

    /// <summary>Says that the stop was cut short, and takes back what can be taken back. It may hang.</summary>
    public Action? TakeLeave { get; set; }

    /// <summary>The exit status of the process.</summary>
    public int Status { get; set; }

    /// <summary>
    /// A stop is asked for: one in order has the time that it takes, one at once some seconds, and none if it was asked for before.
    /// </summary>
    public void Ask(bool now)
    {
        Release();
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

            // Once more: what was being forked in the moment of the first look.
            Kill?.Invoke();
        }
        catch (Exception)
        {
            // Nothing that could be told would be sure to be read: the log and standard error may be what hangs.
            Status = ExitStatus.Software;
        }
        finally
        {
            ProcessIdentity.Exit(Status);
        }
    }

    private void Leave(ManualResetEventSlim said)
    {
        try
        {
            TakeLeave?.Invoke();
            said.Set();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The process ends in this moment, whatever is left behind.
            return;
        }
    }

    private void Release()
    {
        lock (_kept)
        {
            _kept.ForEach(kept => kept.Dispose());
            _kept.Clear();
        }
    }
}
