namespace NetSuperd.Server.Config.Files;

/// <summary>Makes relative paths absolute.</summary>
public static class FullPath
{
    /// <summary>
    /// The absolute path. Where the working directory is gone, nothing can be found by a relative one; such a path says so.
    /// </summary>
    public static string Of(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (IOException)
        {
            // getcwd(3), ENOENT. By this name the system knows it as long as a process is in it (proc(5)).
            return Path.Join("/proc/self/cwd", path);
        }
    }

    /// <summary>Whether a path is relative to a working directory that is gone.</summary>
    internal static bool LeadsNowhere(string path) =>
        !Path.IsPathRooted(path) && Of(path).StartsWith("/proc/self/cwd", StringComparison.Ordinal);
}
