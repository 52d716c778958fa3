using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Config.Programs;

/// <summary>Resolves a path as a child would, path_resolution(7): below its root directory, and with the rights of its user.</summary>
/// <remarks>
/// The permissions of files are checked here, since the system would answer for the daemon's user. A file with an access control list
/// counts as permitted: only certain problems are reported.
/// </remarks>
/// <param name="chroot">The child's root directory; null: the daemon's.</param>
/// <param name="user">Its user.</param>
/// <param name="groups">Its groups, the primary one among them.</param>
/// <param name="isOwn">Whether it keeps the daemon's user and groups, for which the system can be asked.</param>
internal sealed class ChildPath(string? chroot, UserEntry user, IReadOnlyCollection<uint> groups, bool isOwn)
{
    /// <summary>Finds a file.</summary>
    /// <param name="path">Its absolute path as the child sees it.</param>
    /// <param name="obstacle">The folder that the child may not enter, as the child sees it; null where that is not the reason.</param>
    /// <returns>Its path without symbolic links, as the daemon sees it; null where the child does not find it.</returns>
    public string? Find(string path, out string? obstacle)
    {
        var root = chroot is null or "/" ? "" : Path.TrimEndingDirectorySeparator(chroot);
        var (folder, links) = ("", 0);
        var ahead = new Stack<string>(Parts(path));
        obstacle = null;
        while (ahead.TryPop(out var part))
        {
            if (part == "..")
            {
                folder = folder[..Math.Max(0, folder.LastIndexOf('/'))];
                continue;
            }

            if (FileStatus.Of($"{root}{folder}/") is { } status && !May(root + folder + "/", status, UnixFileMode.OtherExecute))
            {
                obstacle = folder.Length == 0 ? "/" : folder;
                return null;
            }

            var next = $"{folder}/{part}";
            if (new FileInfo(root + next).LinkTarget is not { } target)
            {
                folder = next;
                continue;
            }

            if (++links > PathHandle.MostLinks)
            {
                return null;
            }

            folder = target.StartsWith('/') ? "" : folder;
            foreach (var step in Parts(target))
            {
                ahead.Push(step);
            }
        }

        return FileStatus.Of(root + folder) is null ? null : root + folder;
    }

    /// <summary>Whether the child has a right to a file.</summary>
    /// <param name="path">Its path as the daemon sees it.</param>
    /// <param name="status">What it is.</param>
    /// <param name="right">The right, as one of all others.</param>
    public bool May(string path, FileStatus status, UnixFileMode right)
    {
        const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (isOwn)
        {
            return right != UnixFileMode.OtherExecute || FileStatus.IsExecutable(path);
        }

        if (user.UserId == 0)
        {
            // CAP_DAC_OVERRIDE, which needs at least one execute right on the file (capabilities(7)).
            return right != UnixFileMode.OtherExecute || status.Type == FileType.Directory || (status.Mode & AnyExecute) != 0;
        }

        var shift = status.UserId == user.UserId ? 6 : groups.Contains(status.GroupId) ? 3 : 0;
        return (((int)status.Mode >> shift) & (int)right) != 0 || ExtendedAttributes.HasAcl(path);
    }

    // The last one first, as a stack takes them.
    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse();
}
