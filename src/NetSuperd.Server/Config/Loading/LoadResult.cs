using System.Collections.Immutable;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Loading;

/// <summary>The result of reading a configuration.</summary>
/// <param name="Map">The map without the parts that have errors; with errors it serves only to find more problems.</param>
/// <param name="Problems">Every problem of every source, in the order of the sources.</param>
/// <param name="FileMissing">The requested file is missing or cannot be read: exit status 66.</param>
public sealed record LoadResult(Map Map, ImmutableArray<ConfigProblem> Problems, bool FileMissing = false)
{
    /// <summary>
    /// The services that no entry of <c>[ports]</c> names. Clients reach them if a handler passes connections to them, which is known when
    /// the handlers are created.
    /// </summary>
    public ImmutableArray<Service> WithoutPort { get; init; } = [];

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
