using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A child of this process, watched by a process descriptor (pidfd_open(2)), which becomes readable when the child ends.</summary>
/// <remarks>
/// The system does not reuse its pid and process group until it is reaped, so no signal can hit another process. A lock keeps reaping and
/// signalling apart.
/// </remarks>
public sealed class ChildProcess : IDisposable
{
    private readonly Lock _reaping = new();
    private readonly ForkServer? _parent;
    private bool _isReaped;
    private bool _isAsked;
    private ChildEnd? _toldEnd;
    private Errno? _toldError;

    private ChildProcess(int pid, Descriptor? end, ForkServer? parent)
    {
        Pid = pid;
        End = end;
        _parent = parent;
    }

    /// <summary>The process id.</summary>
    public int Pid { get; }

    /// <summary>
    /// Becomes readable when the child ends; null where no descriptor was free: then <see cref="TryReap"/> has to be polled.
    /// </summary>
    public Descriptor? End { get; }

    /// <summary>
    /// Starts a child with posix_spawn(3), in a session of its own, with default signal dispositions, an empty signal mask and exactly the
    /// descriptors of the request.
    /// </summary>
    /// <exception cref="CallException">The program could not be started; <see cref="CallException.Errno"/> says why.</exception>
    public static ChildProcess Start(SpawnRequest request) => Of(PosixSpawn.Start(request), parent: null);

    /// <summary>A child that a fork server has started.</summary>
    /// <param name="pid">Its process id.</param>
    /// <param name="parent">The fork server, where that is the child's parent instead of this process.</param>
    internal static ChildProcess Of(int pid, ForkServer? parent)
    {
        var fd = (int)Libc.syscall(Libc.SYS_pidfd_open, pid, 0);
        return new ChildProcess(pid, fd < 0 ? null : new Descriptor(fd), parent);
    }

    /// <summary>Reaps the child if it has ended.</summary>
    /// <returns>
    /// How it ended; null while it runs, and where its parent, a fork server, has been asked: to be called again after the answer.
    /// </returns>
    /// <exception cref="CallException">wait4(2) failed: another process has reaped the child.</exception>
    public ChildEnd? TryReap() => _parent is null ? Reap(Libc.WNOHANG) : ReapByParent(_parent);

    /// <summary>Waits for the end of a child that has been killed, and reaps it.</summary>
    /// <exception cref="CallException">wait4(2) failed: another process has reaped the child.</exception>
    public ChildEnd Reap() => Reap(options: 0)!;

    /// <summary>Sends a signal to the child's process group, which it leads since it was started in a session of its own.</summary>
    /// <returns>False when it is reaped, or not ours to signal.</returns>
    public bool SignalGroup(int signal)
    {
        lock (_reaping)
        {
            if (_isReaped)
            {
                return false;
            }

            if (_parent is { IsClosed: true })
            {
                // The number may belong to another process as soon as the child has ended.
                return End is { } end && Libc.syscall(Libc.SYS_pidfd_send_signal, end, signal, 0, 0) == 0;
            }

            // A child that has just been started has no group yet.
            return Libc.kill(-Pid, signal) == 0 || Libc.kill(Pid, signal) == 0;
        }
    }

    /// <summary>Kills the child alone, and not its process group.</summary>
    /// <returns>False when it is reaped, or not ours to signal.</returns>
    public bool Kill() => Signal(SignalName.SIGKILL);

    /// <summary>Sends a signal to the child alone, and not to its process group.</summary>
    /// <returns>False when it is reaped, or not ours to signal.</returns>
    public bool Signal(int signal)
    {
        lock (_reaping)
        {
            return !_isReaped && (_parent is { IsClosed: true }
                ? End is { } end && Libc.syscall(Libc.SYS_pidfd_send_signal, end, signal, 0, 0) == 0
                : Libc.kill(Pid, signal) == 0);
        }
    }

    /// <summary>A copy of a descriptor of the child (pidfd_getfd(2)); null: it has none such, or this process may not take it.</summary>
    /// <param name="link">What <c>/proc</c> shows for it, such as <c>socket:[4711]</c>.</param>
    internal Descriptor? CopyOf(string link)
    {
        try
        {
            foreach (var file in End is null ? [] : new DirectoryInfo($"/proc/{Pid}/fd").EnumerateFiles())
            {
                if (file.LinkTarget != link)
                {
                    continue;
                }

                var number = int.Parse(file.Name, CultureInfo.InvariantCulture);
                if ((int)Libc.syscall(Libc.SYS_pidfd_getfd, End!, number, 0, 0) is >= 0 and var copy)
                {
                    return new Descriptor(copy);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The child has ended, or is that of another user.
        }

        return null;
    }

    /// <summary>Completes when the child has ended, or at once where no descriptor was free to watch it.</summary>
    public Task WhenEndedAsync(CancellationToken stopping) =>
        End is { } end ? ProcessHandle.WhenEndedAsync(end, stopping) : Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => End?.Dispose();

    /// <summary>Whether its parent is a fork server, which has to be asked how the child ended.</summary>
    public bool HasOtherParent => _parent is not null;

    /// <summary>Takes the answer of the parent, a fork server, about the end of the child.</summary>
    internal void Told(Errno error, int status, in Libc.ResourceUsage usage)
    {
        lock (_reaping)
        {
            _isAsked = false;
            if (error == 0)
            {
                _toldEnd = EndOf(status, usage);
            }
            else if (error is not Errno.EAGAIN)
            {
                _toldError = error;
            }
        }
    }

    private ChildEnd? ReapByParent(ForkServer parent)
    {
        lock (_reaping)
        {
            if (_toldEnd is null && _toldError is null && !_isAsked)
            {
                var failure = parent.TryAskForEnd(Pid);
                _isAsked = failure is null;
                _toldError = failure is null or Errno.EAGAIN ? null : Errno.ECHILD;
            }
            else if (_isAsked && parent.IsClosed)
            {
                _toldError = Errno.ECHILD;
            }

            _isReaped = _toldEnd is not null || _toldError is not null;
            return _toldError is { } lost ? throw new CallException("wait4", $"{Pid}", lost) : _toldEnd;
        }
    }

    private unsafe ChildEnd? Reap(int options)
    {
        int status, reaped;
        Libc.ResourceUsage usage;
        lock (_reaping)
        {
            do
            {
                reaped = Libc.wait4(Pid, &status, options, &usage);
            }
            while (reaped < 0 && Libc.Failure("wait4", $"{Pid}").Errno is Errno.EINTR);

            _isReaped = reaped != 0;
        }

        return reaped == 0 ? null
            : reaped < 0 ? throw Libc.Failure("wait4", $"{Pid}")
            : EndOf(status, usage);
    }

    private static ChildEnd EndOf(int status, in Libc.ResourceUsage usage) => new(
        (status & 0x7F) == 0 ? (status >> 8) & 0xFF : null,
        (status & 0x7F) == 0 ? null : status & 0x7F,
        Time(usage.ru_utime_sec, usage.ru_utime_usec),
        Time(usage.ru_stime_sec, usage.ru_stime_usec),
        usage.ru_maxrss * 1024);

    private static TimeSpan Time(long seconds, long microseconds) =>
        TimeSpan.FromSeconds(seconds) + TimeSpan.FromMicroseconds(microseconds);
}
