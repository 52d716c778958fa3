using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Server.Pipes;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Programs;

/// <summary>A child that runs, in a job of its own.</summary>
internal sealed unsafe class WindowsChild : IPipedProcess
{
    // The status of what the daemon kills, which no program is likely to have: "kill" in letters.
    private const uint KilledStatus = 0x6B696C6C;

    private readonly Job _job;
    private readonly SafeWaitHandle _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RegisteredWaitHandle _wait;
    private readonly Lock _lock = new();
    private bool _isDisposed;

    /// <param name="process">Its handle.</param>
    /// <param name="pid">Its number.</param>
    /// <param name="job">Its job.</param>
    /// <param name="input">The pipe that it reads.</param>
    /// <param name="output">The pipe that it writes to.</param>
    /// <param name="errors">The pipe of standard error; null: that goes elsewhere.</param>
    public WindowsChild(SafeWaitHandle process, int pid, Job job, Stream input, Stream output, Stream? errors)
    {
        (_process, Pid, _job, Input, Output, Errors) = (process, pid, job, input, output, errors);
        _wait = ThreadPool.RegisterWaitForSingleObject(
            new ProcessEnd(process), (_, _) => _ended.TrySetResult(), null, Timeout.Infinite, executeOnlyOnce: true);
    }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <inheritdoc/>
    public Stream Input { get; }

    /// <inheritdoc/>
    public Stream Output { get; }

    /// <inheritdoc/>
    public Stream? Errors { get; }

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public void Kill()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _job.Kill(KilledStatus);
            }
        }
    }

    /// <inheritdoc/>
    public ChildEnd Finish()
    {
        Kill();
        uint status;
        long created, exited, kernel, user;
        var counters = new Kernel32.MemoryCounters { cb = (uint)sizeof(Kernel32.MemoryCounters) };
        _ = Kernel32.GetExitCodeProcess(_process, &status);
        var own = Kernel32.GetProcessTimes(_process, &created, &exited, &kernel, &user)
            ? (User: TimeSpan.FromTicks(user), System: TimeSpan.FromTicks(kernel))
            : default;
        _ = Kernel32.K32GetProcessMemoryInfo(_process, &counters, counters.cb);
        var all = _job.Times;
        return new ChildEnd(
            status == KilledStatus ? null : (int)status,
            status == KilledStatus ? SignalName.SIGKILL : null,
            all.User > own.User ? all.User : own.User,
            all.System > own.System ? all.System : own.System,
            (long)counters.PeakWorkingSetSize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _job.Dispose();
        }

        _wait.Unregister(null);
        _process.Dispose();
        Input.Dispose();
        Output.Dispose();
        Errors?.Dispose();
    }

    /// <summary>The end of a process, for which one thread waits together with the ends of others.</summary>
    private sealed class ProcessEnd : WaitHandle
    {
        public ProcessEnd(SafeWaitHandle process) => SafeWaitHandle = process;
    }
}
