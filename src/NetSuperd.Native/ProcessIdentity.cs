namespace NetSuperd.Native;

/// <summary>The daemon's own user and rights.</summary>
public static class ProcessIdentity
{
    /// <summary>The effective user id, geteuid(2). The daemon never changes its own.</summary>
    public static uint EffectiveUserId { get; } = Libc.geteuid();

    /// <summary>The user for messages: <c>the user 'www-data'</c>, or its id where passwd(5) has no name.</summary>
    public static string UserName => NameService.User(EffectiveUserId) is { } user ? $"the user '{user.Name}'"
        : $"the user with id {EffectiveUserId}";

    /// <summary>
    /// Whether the process is root. In a user namespace that an ordinary user has made, and that has no other user, the process is not: it
    /// has the rights of that user and no others (<c>/proc/self/uid_map</c>, user_namespaces(7)).
    /// </summary>
    public static bool IsRoot { get; } = EffectiveUserId == 0 && !IsAnotherUser(Text("/proc/self/uid_map"));

    /// <summary>
    /// Whether supplementary groups may be set at all: in a user namespace that a user without privilege has made they may not
    /// (<c>/proc/self/setgroups</c>, user_namespaces(7)).
    /// </summary>
    public static bool MaySetGroups { get; } = Text("/proc/self/setgroups").Trim() != "deny";

    /// <summary>Ends the process at once, with all its threads and without any exit handler (_exit(2)).</summary>
    public static void Exit(int status) => Libc._exit(status);

    /// <summary>
    /// Whether root is the only user in a map of users, and has another number outside of the namespace. A line of the map has the first
    /// number inside, the first one outside, and how many there are.
    /// </summary>
    internal static bool IsAnotherUser(string map) =>
        map.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["0", not "0", "1"];

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A kernel without user namespaces, or no /proc.
            return "";
        }
    }
}
