namespace NetSuperd.Native;

/// <summary>The daemon's disposition of SIGXFSZ.</summary>
public static class FileSizeSignal
{
    /// <summary>
    /// Ignores SIGXFSZ, which would kill the daemon when one of its files, such as the log, reaches RLIMIT_FSIZE. write(2) then fails with
    /// EFBIG, which the log treats like a full disk (setrlimit(2)). Children start with the default.
    /// </summary>
    public static void Ignore() => _ = Libc.signal(Libc.SIGXFSZ, Libc.SIG_IGN);
}
