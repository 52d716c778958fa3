namespace NetSuperd.Server.Config.Files;

/// <summary>Makes relative paths absolute.</summary>
public static class FullPath
{
    /// <summary>
    /// The absolute path. Where the working directory has been removed, a relative path finds nothing; the result shows that.
    /// </summary>
    public static string Of(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (IOException)
        {
            // getcwd(3), ENOENT. The system shows a removed directory by this name as long as a process is in it (proc(5)).
            return Path.Join("/proc/self/cwd", path);
        }
    }

    /// <summary>Whether a path is relative to a working directory that has been removed.</summary>
    internal static bool LeadsNowhere(string path) =>
        !Path.IsPathRooted(path) && Of(path).StartsWith("/proc/self/cwd", StringComparison.Ordinal);
}
