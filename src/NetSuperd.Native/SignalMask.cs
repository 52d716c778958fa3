namespace NetSuperd.Native;

/// <summary>The signals that the process does not get now.</summary>
public static class SignalMask
{
    /// <summary>
    /// Unblocks every signal. A parent may have left TERM blocked, which exec keeps: nothing but KILL would stop the daemon. The mask
    /// belongs to the calling thread and to those that it starts from then on; those of the runtime that are there already keep theirs, but
    /// a signal to the process goes to any thread that does not block it (signal(7)). To be called by the main thread, which lives as long
    /// as the process.
    /// </summary>
    public static unsafe void Clear()
    {
        var none = stackalloc byte[Libc.SizeOfSignalSet];
        new Span<byte>(none, Libc.SizeOfSignalSet).Clear();
        _ = Libc.pthread_sigmask(Libc.SIG_SETMASK, none, null);
    }
}
