namespace NetSuperd.Native;

/// <summary>What the daemon has to do about SIGCHLD.</summary>
public static class ChildSignals
{
    /// <summary>
    /// Sets SIGCHLD to its default. A parent may have left it ignored, which exec keeps: the kernel would then reap our children itself and
    /// wait4(2) answer ECHILD. To be called before the first child.
    /// </summary>
    public static void ResetDisposition() => _ = Libc.signal(Libc.SIGCHLD, 0);
}
