using NetSuperd.Platform;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Files;

/// <summary>
/// The files of the map and those that the daemon creates. No two may be the same file, however their paths are spelt: a process id that is
/// written over the map or the log is a loss that no later message explains.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="files">The files of the system.</param>
internal sealed class OwnFiles(Problems problems, IFiles files)
{
    private readonly Dictionary<Location, string> _taken = [];
    private readonly HashSet<string> _names = [];

    /// <summary>Adds a file; it is an error where another one has the same path.</summary>
    /// <param name="path">The path; null: there is no such file.</param>
    /// <param name="at">The position in the map that names it.</param>
    /// <param name="what">What it is.</param>
    /// <param name="isReplaced">Whether a symbolic link there is replaced, and not followed.</param>
    public void Take(string? path, Position at, string what, bool isReplaced)
    {
        if (path is not null && LocationOf(path, isReplaced) is { } location && !_taken.TryAdd(location, what) && _taken[location] != what)
        {
            problems.Error(at, $"'{path}' is {_taken[location]}");
        }

        _names.UnionWith(_taken.Keys.Select(file => file.Name));
    }

    /// <summary>Checks that the socket of a port, of which there may be thousands, does not have the path of one of them.</summary>
    public void Compare(Port port)
    {
        if (port.Key.Path is ['/', ..] path && _names.Contains(Path.GetFileName(path)) && LocationOf(path, isReplaced: true) is { } location
            && _taken.TryGetValue(location, out var what))
        {
            problems.Error(port.At, $"{port.Key} is {what}");
        }
    }

    /// <summary>The folder and the name in it; null where there is no such folder, which is reported elsewhere.</summary>
    private Location? LocationOf(string path, bool isReplaced)
    {
        using var walk = files.Walk(path, followLast: !isReplaced);
        return walk.Failure is null ? new Location(walk.Folder.Status.Id, walk.Name) : null;
    }

    private sealed record Location(FileId Folder, string Name);
}
