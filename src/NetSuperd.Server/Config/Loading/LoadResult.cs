using System.Collections.Immutable;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Loading;

/// <summary>What came of reading a configuration.</summary>
/// <param name="Map">The map; parts with errors are left out of it, so it is for finding more problems, not for running.</param>
/// <param name="Problems">Every problem of every source, in the order of the sources.</param>
/// <param name="FileMissing">The file that was asked for is not there or cannot be read: exit status 66.</param>
public sealed record LoadResult(Map Map, ImmutableArray<ConfigProblem> Problems, bool FileMissing = false)
{
    /// <summary>Whether the map may run.</summary>
    public bool HasErrors => Problems.Any(problem => problem.Severity == Severity.Error);

    /// <summary>The same with more problems, all in the order of sources and lines.</summary>
    public LoadResult With(IEnumerable<ConfigProblem> more)
    {
        var all = Problems.AddRange(more);
        var order = new Dictionary<string, int>();
        foreach (var problem in all)
        {
            order.TryAdd(problem.At.Source.Name, order.Count);
        }

        return this with { Problems = [.. all.OrderBy(problem => order[problem.At.Source.Name]).ThenBy(problem => problem.At.Line)] };
    }
}
