namespace NetSuperd.Native;

/// <summary>The signals that are blocked for the process.</summary>
public static class SignalMask
{
    /// <summary>
    /// Unblocks every signal. A parent may have left TERM blocked, which execve(2) keeps: only KILL would stop the daemon. The mask applies
    /// to the calling thread and to threads that it starts later; existing threads of the runtime keep theirs, but a signal to the process
    /// goes to any thread that does not block it (signal(7)). To be called by the main thread, which lives as long as the process.
    /// </summary>
    public static unsafe void Clear()
    {
        var none = stackalloc byte[Libc.SizeOfSignalSet];
        new Span<byte>(none, Libc.SizeOfSignalSet).Clear();
        _ = Libc.pthread_sigmask(Libc.SIG_SETMASK, none, null);
    }
}
