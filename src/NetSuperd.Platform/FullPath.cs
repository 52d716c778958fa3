namespace NetSuperd.Platform;

/// <summary>Makes relative paths absolute.</summary>
public static class FullPath
{
    // No system has a folder of this name.
    private const string Gone = "/(deleted)";

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
            // getcwd(3), ENOENT.
            return Path.Join(Gone, path);
        }
    }

    /// <summary>Whether a path is relative to a working directory that has been removed.</summary>
    public static bool LeadsNowhere(string path) =>
        !Path.IsPathRooted(path) && Of(path).StartsWith(Gone, StringComparison.Ordinal);
}
