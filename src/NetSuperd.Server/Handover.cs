namespace NetSuperd.Server;

/// <summary>What a daemon tells the one that takes its place.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="LastId">Connections are numbered from here on.</param>
/// <param name="Paused">The services that are paused.</param>
/// <param name="Live">The connections and children of each service that live on there; null: it does not tell.</param>
public sealed record Handover(int Pid, long LastId, IReadOnlyList<string> Paused, IReadOnlyDictionary<string, int>? Live = null)
{
    /// <summary>
    /// The sockets that children of the old process have themselves, each with what the child was started as; null: it does not tell.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Children { get; init; }

    /// <summary>Connections that the old process may still number while the new one starts.</summary>
    internal const long Gap = 1_000_000;
}
