namespace NetSuperd.Benchmarks.Compare;

/// <summary>A server that takes part.</summary>
/// <param name="name">Its name in the table.</param>
/// <param name="uses">What it can do.</param>
internal abstract class Contender(string name, params PortUse[] uses)
{
    /// <summary>Its name in the table.</summary>
    public string Name => name;

    /// <summary>What it can do.</summary>
    public IReadOnlyList<PortUse> Uses => uses;

    /// <summary>Fetches what it needs and writes its configuration, all on 127.0.0.1.</summary>
    /// <param name="bench">Where it runs.</param>
    /// <param name="ports">The port of each of its uses.</param>
    /// <param name="cancellation">Gives up.</param>
    public abstract Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation);
}

/// <summary>What came of preparing a contender.</summary>
/// <param name="Commands">The processes to start; they stay in the foreground and end on TERM.</param>
/// <param name="Missing">Why it cannot take part; null when it can.</param>
internal sealed record Preparation(IReadOnlyList<string[]> Commands, string? Missing)
{
    /// <summary>It can be started.</summary>
    public static Preparation Of(params string[][] commands) => new(commands, null);

    /// <summary>It cannot take part.</summary>
    public static Preparation Without(string reason) => new([], reason);
}
