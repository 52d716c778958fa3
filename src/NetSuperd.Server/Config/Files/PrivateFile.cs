using System.Text;
using NetSuperd.Native;

namespace NetSuperd.Server.Config.Files;

/// <summary>A small file that only root and the daemon's user may read.</summary>
internal static class PrivateFile
{
    private const int MostBytes = 4096;

    private const UnixFileMode ForOthers = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Reads it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="userId">The daemon's user.</param>
    /// <param name="problem">Why it is not used, and what to do; null: nothing is wrong.</param>
    /// <returns>The text; null after a problem.</returns>
    public static string? Read(string path, uint userId, out string? problem)
    {
        using var walk = CheckedPath.Walk(path, userId);
        problem = walk.Failure is { } failure ? $"'{path}' cannot be read: {failure.Errno.Reason().ToLowerInvariant()}"
            : walk.Complaints is [var complaint, ..] ? complaint
            : walk.File is not { } found ? $"there is no file '{path}'"
            : found.Status.Type != FileType.Regular ? $"'{path}' is not a regular file"

            // The bits of the group are the most that an access control list gives (acl(5)).
            : (found.Status.Mode & ForOthers) != 0
                ? $"'{path}' can be read by other users; run: chmod 600 {Ownership.Quoted(path)}"
            : found.Status.Size > MostBytes ? $"'{path}' is larger than {MostBytes} bytes"
            : null;
        return problem is null ? Read(walk.File!, path, ref problem) : null;
    }

    private static string? Read(PathHandle found, string path, ref string? problem)
    {
        try
        {
            using var file = found.OpenToRead();
            var bytes = new byte[MostBytes];
            return Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
        }
        catch (LibcException failure)
        {
            problem = $"'{path}' cannot be read: {failure.Errno.Reason().ToLowerInvariant()}";
            return null;
        }
        catch (IOException failure)
        {
            problem = $"'{path}' cannot be read: {failure.Message}";
            return null;
        }
    }
}
