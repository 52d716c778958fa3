namespace NetSuperd.Native;

/// <summary>Who the daemon is.</summary>
public static class ProcessIdentity
{
    /// <summary>The effective user id, geteuid(2). The daemon never changes its own.</summary>
    public static uint EffectiveUserId { get; } = Libc.geteuid();

    /// <summary>Ends the process at once, with all its threads, and calls nothing before (_exit(2)).</summary>
    public static void Exit(int status) => Libc._exit(status);
}
