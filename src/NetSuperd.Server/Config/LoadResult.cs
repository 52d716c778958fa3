using System.Collections.Immutable;

namespace NetSuperd.Server.Config;

/// <summary>What came of reading a configuration.</summary>
/// <param name="Map">The map; parts with errors are left out of it, so it is for finding more problems, not for running.</param>
/// <param name="Problems">Every problem of every source, in the order of the sources.</param>
/// <param name="FileMissing">The file that was asked for is not there or cannot be read: exit status 66.</param>
public sealed record LoadResult(Map Map, ImmutableArray<ConfigProblem> Problems, bool FileMissing = false)
{
    /// <summary>Whether the map may run.</summary>
    public bool HasErrors => Problems.Any(problem => problem.Severity == Severity.Error);
}
