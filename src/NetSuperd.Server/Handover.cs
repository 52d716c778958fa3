using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
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

    /// <summary>What this process tells its successor.</summary>
    internal static Handover Of(ListenerSet sockets, ConnectionTally tally, Gates gates) =>
        new(Environment.ProcessId, tally.LastId + Gap, [.. sockets.Paused], gates.Live())
        {
            Children = ChildrenWith(sockets).Concat(ServersIn(sockets)).ToDictionary(child => child.Id, child => child.Definition),
            Stopped = [.. sockets.Stopped],
            Servers = sockets.Listeners.Where(listener => listener.Assignment.IsServer)
                .Select(listener => listener.Assignment.Service.Name)
                .Select(name => (name, History: tally.Server(name).History()))
                .Where(pair => pair.History is not null)
                .ToDictionary(pair => pair.name, pair => pair.History!),
        };

    /// <summary>The children that have a socket.</summary>
    private static IEnumerable<(string Id, string Definition)> ChildrenWith(ListenerSet sockets) =>
        sockets.Listeners.SelectMany(listener => listener.Sockets).Concat(sockets.Ending.Select(ending => ending.Socket))
            .Where(socket => socket.Holder is { Ended.IsCompleted: false, Definition: not null })
            .Select(socket => (socket.Place.Id, socket.Holder!.Definition!));

    /// <summary>The servers.</summary>
    private static IEnumerable<(string Id, string Definition)> ServersIn(ListenerSet sockets) => sockets.Listeners
        .Where(listener => listener is
        {
            Assignment.IsServer: true, Server: { Ended.IsCompleted: false, Definition: not null },
        })
        .Select(listener => (Assignment.IdOf(listener.Assignment.Service.Name), listener.Server!.Definition!));
}
