using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// The only judgement of what a root daemon trusts: a file, folder or symbolic link that only root and the daemon's own user can change.
/// <see cref="CheckedPath"/> asks for everything on a path.
/// </summary>
public static class Ownership
{
    /// <summary>
    /// Why a file, folder, symbolic link or FIFO is not trusted, and the command that mends it; null where it is trusted, and for any other
    /// kind of object: only root can make a device, and the peer of a socket is asked for its user.
    /// </summary>
    /// <param name="found">The object.</param>
    /// <param name="userId">The daemon's user, which is trusted beside root.</param>
    /// <exception cref="CallException">The access control list cannot be read.</exception>
    public static string? Complaint(PathHandle found, uint userId) => found.Status.Type switch
    {
        // The mode of a symbolic link means nothing (symlink(7)).
        FileType.SymbolicLink => Complaint(found.Path, found.Status, Writers.Of(UnixFileMode.None), userId),
        FileType.Regular or FileType.Directory or FileType.Fifo => Complaint(found.Path, found.Status, found.Writers(), userId),
        _ => null,
    };

    /// <inheritdoc cref="Complaint(PathHandle, uint)"/>
    public static string? Complaint(string path, FileStatus status, Writers writers, uint userId)
    {
        if (status.UserId != 0 && status.UserId != userId)
        {
            // The other user chose what the link or the FIFO leads to, whatever its owner: root must not adopt it.
            return $"{path} belongs to another user, who could change it; run: "
                + (status.Type is FileType.SymbolicLink or FileType.Fifo ? "rm " : "chown root ") + ShellPath.Quoted(path);
        }

        // Other users cannot replace root's files in a sticky folder (unlink(2) EPERM), and own what they add.
        if (IsSticky(status))
        {
            return null;
        }

        var isFolder = status.Type == FileType.Directory;
        return writers.Others || (writers.OwningGroup && !IsTrusted(status.GroupId, isFolder))
            ? $"{path} can be written by other users; run: chmod go-w {ShellPath.Quoted(path)}"
            : writers.Users.Where(user => user != 0 && user != userId).Select(user => $"u:{user}")
                .Concat(writers.Groups.Where(group => !IsTrusted(group, isFolder)).Select(group => $"g:{group}"))
                .FirstOrDefault() is { } entry
            ? $"{path} can be written by other users through its access control list; run: setfacl -x {entry} {ShellPath.Quoted(path)}"
            : null;
    }

    /// <summary>Whether other users may add names to a folder, but not change root's.</summary>
    public static bool IsShared(FileStatus folder) =>
        IsSticky(folder) && (folder.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    private static bool IsSticky(FileStatus status) =>
        status.Type == FileType.Directory && status.Mode.HasFlag(UnixFileMode.StickyBit);

    private static bool IsTrusted(uint group, bool isFolder) => group == 0 || (isFolder && SystemGroups.OfSystem.IsTrusted(group));
}
