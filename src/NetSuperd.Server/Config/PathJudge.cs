using NetSuperd.Native;

namespace NetSuperd.Server.Config;

/// <summary>
/// Says in the problems of a load whose files and folders root would trust: errors where the map is going to run, warnings in <c>check</c>.
/// </summary>
/// <param name="problems">Where complaints go.</param>
/// <param name="request">Who asks, and for what.</param>
/// <param name="userId">The daemon's user.</param>
internal sealed class PathJudge(Problems problems, LoadRequest request, uint userId)
{
    private readonly HashSet<string> _complained = [];

    /// <summary>Judges the path of a key. What another key has been told of its folder already, this one is told as well.</summary>
    /// <param name="path">The path.</param>
    /// <param name="at">The place in the map that names it.</param>
    /// <param name="followLast">Whether a symbolic link in the last place is followed, or replaced.</param>
    public void Judge(string path, Position at, bool followLast = true)
    {
        if (request.IsRoot)
        {
            using var walk = CheckedPath.Walk(path, userId, followLast);
            foreach (var complaint in Complaints(walk))
            {
                _complained.Add(complaint);
                Depending(at, complaint);
            }
        }
    }

    /// <summary>Judges a file of the map, which was walked to. Many files have one folder, which is complained of once.</summary>
    public void JudgeFile(CheckedPath walk, Position at)
    {
        foreach (var complaint in request.IsRoot ? Complaints(walk).Where(_complained.Add) : [])
        {
            Depending(at, complaint);
        }
    }

    /// <summary>Warns in <c>check</c> of what <c>run</c> will meet when it uses a path, with an exit status of its own.</summary>
    public void Foresee(Position at, string message)
    {
        if (!request.ToRun)
        {
            problems.Warning(at, message);
        }
    }

    private void Depending(Position at, string message) =>
        problems.Add(new ConfigProblem(at, request.ToRun ? Severity.Error : Severity.Warning, message));

    // Without a folder nothing can be judged, and that is said where it matters.
    private static IEnumerable<string> Complaints(CheckedPath walk) => walk.Failure is null or { Errno: Errno.ENOENT or Errno.ENOTDIR or Errno.EINVAL }
        ? walk.Complaints
        : walk.Complaints.Append($"{walk.Failure.Argument} cannot be looked at: {walk.Failure.Errno.Reason().ToLowerInvariant()}");
}
