namespace NetSuperd.Native;

/// <summary>The daemon's disposition of SIGCHLD.</summary>
public static class ChildSignals
{
    /// <summary>
    /// Sets SIGCHLD to its default. A parent may have left it ignored, which execve(2) keeps: the kernel would then reap the daemon's
    /// children itself, and wait4(2) would fail with ECHILD. To be called before the first child.
    /// </summary>
    public static void ResetDisposition() => _ = Libc.signal(Libc.SIGCHLD, 0);
}
