namespace NetSuperd.Native;

/// <summary>What the daemon has to do about SIGXFSZ.</summary>
public static class FileSizeSignal
{
    /// <summary>
    /// Ignores SIGXFSZ, which would end the daemon when a file of its own, the log for one, reaches RLIMIT_FSIZE. write(2) then says EFBIG,
    /// and the log treats that as it treats a full disk (setrlimit(2)). Children begin with the default again.
    /// </summary>
    public static void Ignore() => _ = Libc.signal(Libc.SIGXFSZ, Libc.SIG_IGN);
}
