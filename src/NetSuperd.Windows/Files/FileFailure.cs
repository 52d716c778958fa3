using NetSuperd.Platform;

namespace NetSuperd.Windows.Files;

/// <summary>Why the runtime could not use a file, as the daemon knows it.</summary>
internal static class FileFailure
{
    /// <summary>The same failure as a <see cref="CallException"/>.</summary>
    public static CallException Of(string call, string path, Exception failure) => new(call, path, failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        UnauthorizedAccessException => Errno.EACCES,
        _ => Errno.EIO,
    });
}
