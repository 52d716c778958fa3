using System.Collections.Immutable;

namespace NetSuperd.Server.Config.Reporting;

/// <summary>Collects the problems of a load, so that the administrator sees all of them at once.</summary>
internal sealed class Problems
{
    private readonly List<ConfigProblem> _problems = [];
    private readonly Dictionary<SourceText, int> _order = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _known = [];

    /// <summary>How many errors there are so far.</summary>
    public int ErrorCount { get; private set; }

    /// <summary>Adds a source to the order in which problems are reported.</summary>
    public void Register(SourceText source) => _order.TryAdd(source, _order.Count);

    /// <summary>Adds an error, which keeps the configuration from applying.</summary>
    public void Error(Position at, string message) => Add(new ConfigProblem(at, Severity.Error, message));

    /// <summary>Adds a warning, which does not.</summary>
    public void Warning(Position at, string message) => Add(new ConfigProblem(at, Severity.Warning, message));

    /// <summary>Adds a problem, each only once: every service that uses a wrong default finds the same one.</summary>
    public void Add(ConfigProblem problem)
    {
        Register(problem.At.Source);
        if (_known.Add($"{_order[problem.At.Source]}:{problem.At.Line}:{problem.At.Column}: {problem.Message}"))
        {
            _problems.Add(problem);
            ErrorCount += problem.Severity == Severity.Error ? 1 : 0;
        }
    }

    /// <summary>The problems in the order of the sources and of their lines.</summary>
    public ImmutableArray<ConfigProblem> InOrder() =>
    [
        .. _problems.OrderBy(problem => _order[problem.At.Source]).ThenBy(problem => problem.At.Line).ThenBy(problem => problem.At.Column),
    ];
}
