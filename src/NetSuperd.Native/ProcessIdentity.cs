namespace NetSuperd.Native;

/// <summary>Who the daemon is.</summary>
public static class ProcessIdentity
{
    /// <summary>The effective user id, geteuid(2). The daemon never changes its own.</summary>
    public static uint EffectiveUserId { get; } = Libc.geteuid();

    /// <summary>
    /// Whether supplementary groups may be set at all: in a user namespace that a user without privilege has made they may not
    /// (<c>/proc/self/setgroups</c>, user_namespaces(7)).
    /// </summary>
    public static bool MaySetGroups { get; } = !Says("/proc/self/setgroups", "deny");

    /// <summary>Ends the process at once, with all its threads, and calls nothing before (_exit(2)).</summary>
    public static void Exit(int status) => Libc._exit(status);

    private static bool Says(string path, string word)
    {
        try
        {
            return File.ReadAllText(path).Trim() == word;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A kernel before 3.19, or no /proc.
            return false;
        }
    }
}
