using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Processes of sessions that are stopped (SIGSTOP), until this is disposed of. Not thread-safe.</summary>
/// <remarks>
/// It has a descriptor of each process that it stops. If it needed one to continue them, and none were left, they would stay stopped for
/// good. A process that another has stopped is left as it is.
/// </remarks>
public sealed class SessionHold : IDisposable
{
    // How often it is looked, a millisecond apart, whether processes have stopped.
    private const int LooksForStop = 100;

    private readonly Dictionary<int, ProcessHandle> _stopped = [];

    /// <summary>Stops every process of the sessions.</summary>
    /// <param name="sessions">The sessions, each named by the process id of its leader.</param>
    /// <returns>Whether all have stopped; one that sleeps in the kernel uninterruptibly stops later.</returns>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    /// <exception cref="CallException">No descriptor is left for a process.</exception>
    public async Task<bool> StopAsync(IReadOnlySet<int> sessions)
    {
        for (var look = 0; look < LooksForStop; look++)
        {
            // Repeated: a process that was being forked has not got the first signal.
            var running = ProcessSession.MembersOf(sessions).Where(pid => !ProcessSession.AreThreadsStopped(pid)).ToList();
            if (running.Count == 0)
            {
                return true;
            }

            foreach (var pid in running)
            {
                Stop(pid, sessions);
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>Continues the processes that it has stopped.</summary>
    public void Dispose()
    {
        foreach (var process in _stopped.Values)
        {
            _ = process.Signal(Libc.SIGCONT);
            process.Dispose();
        }

        _stopped.Clear();
    }

    private void Stop(int pid, IReadOnlySet<int> sessions)
    {
        if (!_stopped.TryGetValue(pid, out var process))
        {
            process = ProcessHandle.Open(pid);
            if (process is null)
            {
                return;
            }

            // The number may have gone to another process before there was the handle.
            if (!ProcessSession.IsMember(pid, sessions))
            {
                process.Dispose();
                return;
            }

            _stopped.Add(pid, process);
        }

        _ = process.Signal(Libc.SIGSTOP);
    }
}
