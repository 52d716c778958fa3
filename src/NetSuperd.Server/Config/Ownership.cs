using System.Text.RegularExpressions;
using NetSuperd.Native;

namespace NetSuperd.Server.Config;

/// <summary>
/// Whose files a root daemon believes: who can write the map, a drop-in or a plugin, or put another in its place, is root.
/// </summary>
internal static partial class Ownership
{
    /// <summary>
    /// What is wrong with a file or folder, and the command that mends it; null where nothing is, where it is not there, and for what is
    /// neither: a pipe such as <c>/dev/stdin</c> comes from whoever started the daemon.
    /// </summary>
    /// <remarks>
    /// The folders above are looked at as well, those of the path as it is written and those that symbolic links lead to: who can rename in
    /// one of them puts another file in place. That a group may write is left to the administrator there; on some systems one may in /usr/local.
    /// </remarks>
    /// <param name="path">The path as the administrator knows it; symbolic links are followed.</param>
    /// <param name="userId">The daemon's user, who is believed beside root.</param>
    public static string? Complaint(string path, uint userId)
    {
        if (FileStatus.Of(path) is not { } status)
        {
            return null;
        }

        var folders = FoldersAbove(FullPath.Of(path)).Concat(FoldersAbove(FileStatus.RealPath(path))).Distinct();
        return Complaint(path, status, userId) ?? folders
            .Select(folder => FileStatus.Of(folder) is { } above
                ? Complaint(folder, above with { Mode = above.Mode & ~UnixFileMode.GroupWrite }, userId)
                : null)
            .FirstOrDefault(complaint => complaint is not null);
    }

    /// <inheritdoc cref="Complaint(string, uint)"/>
    public static string? Complaint(string path, FileStatus status, uint userId)
    {
        if (status.Type is not (FileType.Regular or FileType.Directory))
        {
            return null;
        }

        if (status.UserId != 0 && status.UserId != userId)
        {
            return $"{path} belongs to another user, who could change it; run: chown root {Quoted(path)}";
        }

        // In a sticky folder nobody can replace what belongs to root (unlink(2) EPERM), and what others add belongs to them.
        var sticky = status.Type == FileType.Directory && status.Mode.HasFlag(UnixFileMode.StickyBit);
        var writable = status.Mode.HasFlag(UnixFileMode.OtherWrite)
            || (status.Mode.HasFlag(UnixFileMode.GroupWrite) && status.GroupId != 0);
        return writable && !sticky ? $"{path} can be written by other users; run: chmod go-w {Quoted(path)}" : null;
    }

    private static IEnumerable<string> FoldersAbove(string? path)
    {
        while ((path = Path.GetDirectoryName(path)) is not null)
        {
            yield return path;
        }
    }

    private static string Quoted(string path) =>
        Plain().IsMatch(path) ? path : $"'{path.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9_./+@:,%=][A-Za-z0-9_./+@:,%=-]*\z")]
    private static partial Regex Plain();
}
