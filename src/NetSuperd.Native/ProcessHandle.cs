namespace NetSuperd.Native;

/// <summary>A descriptor of a process (pidfd_open(2)), which can be read once it has ended.</summary>
public static class ProcessHandle
{
    /// <summary>Opens one; null where there is no such process, or no descriptor.</summary>
    public static Descriptor? Open(int pid) => (int)Libc.syscall(Libc.SYS_pidfd_open, pid, 0) is >= 0 and var fd ? new Descriptor(fd) : null;

    /// <summary>Waits for the end of a process, or until it is told to stop waiting.</summary>
    public static async Task WaitAsync(Descriptor process, CancellationToken stopping)
    {
        using var epoll = new Epoll();
        epoll.Add(process, 1);
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
