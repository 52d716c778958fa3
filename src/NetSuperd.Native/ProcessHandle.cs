namespace NetSuperd.Native;

/// <summary>A descriptor of a process (pidfd_open(2)), which can be read once it has ended.</summary>
public static class ProcessHandle
{
    /// <summary>Opens one; null where there is no such process, or no descriptor.</summary>
    public static Descriptor? Open(int pid) => (int)Libc.syscall(Libc.SYS_pidfd_open, pid, 0) is >= 0 and var fd ? new Descriptor(fd) : null;

    /// <summary>Waits for the end of a process.</summary>
    public static async Task WaitAsync(Descriptor process, CancellationToken stopping)
    {
        using var epoll = new Epoll();
        epoll.Add(process, 1);
        using var registration = stopping.Register(epoll.Wake);
        await Task.Run(() =>
        {
            var ready = new List<long>();
            while (ready.Count == 0 && !stopping.IsCancellationRequested)
            {
                epoll.Wait(null, ready);
            }
        }, CancellationToken.None).ConfigureAwait(false);
    }
}
