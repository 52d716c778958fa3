using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Files;

/// <summary>
/// Reports files and folders of a map that root must not trust: as errors where the map is going to run, as warnings in <c>check</c>.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="request">The user that asks, and for what.</param>
internal sealed class PathJudge(Problems problems, LoadRequest request)
{
    private readonly HashSet<string> _complained = [];
    private readonly Dictionary<(string? Root, string Path), IReadOnlyList<string>> _programs = [];

    /// <summary>The files of the system.</summary>
    public IFiles Files => request.Host.Files;

    /// <summary>Judges the path of a key. A problem of a folder is reported for every key that uses the folder.</summary>
    /// <param name="path">The path.</param>
    /// <param name="at">The position in the map that names it.</param>
    /// <param name="followLast">Whether a symbolic link as the last name is followed, or replaced.</param>
    public void Judge(string path, Position at, bool followLast = true)
    {
        if (request.IsRoot)
        {
            using var walk = Files.Walk(path, followLast);
            foreach (var complaint in Complaints(walk))
            {
                _complained.Add(complaint);
                Depending(at, complaint);
            }
        }
    }

    /// <summary>
    /// Judges a program that root executes, and what the system executes for it: the interpreter of a script, the loader of an ELF file.
    /// Many services may have the same program, which is judged once.
    /// </summary>
    /// <param name="path">The path as a child knows it.</param>
    /// <param name="root">The root directory of the child; null: that of the daemon.</param>
    /// <param name="at">The position in the map that names the program.</param>
    public void JudgeProgram(string path, string? root, Position at)
    {
        if (!request.IsRoot)
        {
            return;
        }

        if (!_programs.TryGetValue((root, path), out var complaints))
        {
            _programs[(root, path)] = complaints = [.. ProgramComplaints(path, root).Distinct()];
        }

        foreach (var complaint in complaints)
        {
            _complained.Add(complaint);
            Depending(at, complaint);
        }
    }

    /// <summary>Judges a file of the map, whose path has been walked. Many files are in one folder, which is reported once.</summary>
    public void JudgeFile(WalkedPath walk, Position at)
    {
        foreach (var complaint in request.IsRoot ? Complaints(walk).Where(_complained.Add) : [])
        {
            Depending(at, complaint);
        }
    }

    /// <summary>
    /// Whether a file must not be opened, which has been reported: the other end of a pipe may write anything, or nothing for ever.
    /// </summary>
    public bool RefusesPipe(WalkedPath walk, string name)
    {
        if (request.IsRoot && walk is { File.Status.Type: FileType.Fifo, Complaints: [var complaint, ..] })
        {
            problems.Error(new Position(new SourceText(name, "")), $"{complaint}; it is not read");
            return true;
        }

        return false;
    }

    /// <summary>
    /// Warns in <c>check</c> of a failure that <c>run</c> will have, with an exit status of its own, when it uses a path.
    /// </summary>
    public void Foresee(Position at, string message)
    {
        if (!request.ToRun)
        {
            problems.Warning(at, message);
        }
    }

    /// <summary>Reports what depends on the user that asks: an error where the map is going to run, a warning in <c>check</c>.</summary>
    public void Depending(Position at, string message) =>
        problems.Add(new ConfigProblem(at, request.ToRun ? Severity.Error : Severity.Warning, message));

    private IEnumerable<string> ProgramComplaints(string path, string? root)
    {
        var next = path;
        for (var depth = 0; depth <= ExecLimits.MostInterpreters && next is not null; depth++)
        {
            using var walk = Files.Walk(next, root: root);
            foreach (var complaint in Complaints(walk))
            {
                yield return complaint;
            }

            next = walk.File is { } file ? request.Host.Programs.InterpreterOf(file.Path) : null;
        }
    }

    // Without the folder nothing can be judged; its absence is reported where it matters.
    private static IEnumerable<string> Complaints(WalkedPath walk) =>
        walk.Failure is null or { Errno: Errno.ENOENT or Errno.ENOTDIR or Errno.EINVAL }
            ? walk.Complaints
            : walk.Complaints.Append($"{walk.Failure.Argument} cannot be checked: {walk.Failure.Errno.Reason().ToLowerInvariant()}");
}
