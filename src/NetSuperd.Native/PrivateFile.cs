using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A small file of text that no other user may change, and that others may not read if it is a secret.</summary>
public static class PrivateFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="userId">The daemon's user.</param>
    /// <param name="secretTo">The users that may not read it.</param>
    /// <param name="mostBytes">The most bytes that it may have.</param>
    /// <param name="problem">Why it is not used, and what to do; null: nothing is wrong.</param>
    /// <returns>The text; null after a problem.</returns>
    public static string? Read(string path, uint userId, Secrecy secretTo, int mostBytes, out string? problem)
    {
        using var walk = CheckedPath.Walk(path, userId);
        problem = walk.Failure is { } failure ? $"'{path}' cannot be read: {failure.Errno.Reason().ToLowerInvariant()}"
            : walk.Complaints is [var complaint, ..] ? complaint
            : walk.File is not { } found ? $"there is no file '{path}'"
            : found.Status.Type != FileType.Regular ? $"'{path}' is not a regular file"

            // The bits of the group are the most that an access control list gives (acl(5)).
            : (found.Status.Mode & ReadBy(secretTo)) != 0
                ? $"'{path}' can be read by other users; run: chmod {(secretTo == Secrecy.GroupAndOthers ? "600" : "o-r")} "
                    + ShellPath.Quoted(path)
            : found.Status.Size > (ulong)mostBytes ? $"'{path}' is larger than {mostBytes} bytes"
            : null;
        return problem is null ? Read(walk.File!, path, mostBytes, ref problem) : null;
    }

    private static UnixFileMode ReadBy(Secrecy secretTo) => secretTo switch
    {
        Secrecy.None => UnixFileMode.None,
        Secrecy.Others => UnixFileMode.OtherRead,
        _ => UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    };

    private static string? Read(PathHandle found, string path, int mostBytes, ref string? problem)
    {
        try
        {
            using var file = found.OpenToRead();
            var bytes = new byte[mostBytes];
            return Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
        }
        catch (CallException failure)
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
