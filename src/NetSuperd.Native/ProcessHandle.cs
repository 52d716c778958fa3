using System.Globalization;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// A process, child of ours or not, that is held by a descriptor (pidfd_open(2)): no signal can hit another one that got its number.
/// </summary>
public sealed class ProcessHandle : IProcessEnd
{
    private ProcessHandle(SafeHandle end) => End = end;

    /// <summary>
    /// Becomes readable when the process ends. A process that is not our child is then reaped by its parent, and its status is unknown
    /// here.
    /// </summary>
    public SafeHandle End { get; }

    /// <summary>The process id (proc(5), <c>/proc/self/fdinfo</c>); null once it is reaped, and where /proc does not report it.</summary>
    public int? Pid
    {
        get
        {
            try
            {
                // Pid:\t<number>, -1 once it is reaped.
                var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{End.DangerousGetHandle()}"))
                    .FirstOrDefault(line => line.StartsWith("Pid:", StringComparison.Ordinal));
                return int.TryParse(
                    line?["Pid:".Length..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var pid) && pid > 0
                    ? pid
                    : null;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>Holds a process.</summary>
    /// <returns>The handle; null when there is no such process.</returns>
    /// <exception cref="CallException">pidfd_open(2) failed: no descriptor was free.</exception>
    public static ProcessHandle? Open(int pid)
    {
        var fd = (int)Libc.syscall(Libc.SYS_pidfd_open, pid, 0);
        return fd >= 0 ? new ProcessHandle(new Descriptor(fd))
            : Libc.Failure("pidfd_open", $"{pid}") is { Errno: not (Errno.ESRCH or Errno.EINVAL) } failure ? throw failure
            : null;
    }

    /// <summary>Makes a handle of a descriptor that another process handed over; it belongs to the handle from then on.</summary>
    /// <returns>The handle; null when the descriptor is not one of a process, and still belongs to the caller.</returns>
    public static ProcessHandle? From(SafeHandle descriptor)
    {
        // The call looks at the descriptor first; whether the process may be signalled, or is there still, makes no difference.
        var process = new ProcessHandle(descriptor);
        return process.Signal(0) || Libc.Failure("pidfd_send_signal", "0").Errno is Errno.ESRCH or Errno.EPERM ? process : null;
    }

    /// <summary>
    /// Makes a handle of a descriptor that a process which is believed has passed, to wait for the end of a process that has no number
    /// here: in another PID namespace (pid_namespaces(7)) it cannot be signalled.
    /// </summary>
    public static ProcessHandle Passed(Descriptor descriptor) => new(descriptor);

    /// <summary>Waits for the end of the process, or until it is told to stop waiting.</summary>
    public Task WhenEndedAsync(CancellationToken stopping) => WhenEndedAsync(End, stopping);

    /// <summary>Sends a signal to the process alone (pidfd_send_signal(2)); 0 only asks.</summary>
    /// <returns>False when it is gone, or not ours to signal.</returns>
    public bool Signal(int signal) => Libc.syscall(Libc.SYS_pidfd_send_signal, End, signal, 0, 0) == 0;

    /// <inheritdoc/>
    public void Dispose() => End.Dispose();

    internal static async Task WhenEndedAsync(SafeHandle end, CancellationToken stopping)
    {
        using var epoll = new Epoll();
        epoll.Add(end, 1);
        using var registration = stopping.Register(epoll.Wake);

        // It may take hours, for which no thread of the pool is lent.
        await Task.Factory.StartNew(
            () =>
            {
                var ready = new List<long>();
                while (ready.Count == 0 && !stopping.IsCancellationRequested)
                {
                    epoll.Wait(null, ready);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
    }
}
