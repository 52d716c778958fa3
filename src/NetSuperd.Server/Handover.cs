using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>What a daemon tells its successor.</summary>
/// <param name="Pid">The daemon's process.</param>
/// <param name="LastId">The number from which the successor numbers connections.</param>
/// <param name="Paused">The services that are paused.</param>
/// <param name="Live">The connections and children of each service that the daemon still serves; null: it does not tell.</param>
public sealed record Handover(int Pid, long LastId, IReadOnlyList<string> Paused, IReadOnlyDictionary<string, int>? Live = null)
{
    /// <summary>
    /// The sockets that children of the daemon have themselves, each with the definition that the child was started with; null: it does not
    /// tell.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Children { get; init; }

    /// <summary>The services that an operator has stopped; null: it does not tell.</summary>
    public IReadOnlyList<string>? Stopped { get; init; }

    /// <summary>What is to be known of each server; null: it does not tell.</summary>
    public IReadOnlyDictionary<string, ServerHistory>? Servers { get; init; }

    /// <summary>How many connections the daemon may still number while the successor starts.</summary>
    internal const long Gap = 1_000_000;
}
