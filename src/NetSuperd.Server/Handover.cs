using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>What a daemon tells its successor.</summary>
/// <param name="Pid">The daemon's process.</param>
/// <param name="LastId">The number from which the successor numbers connections.</param>
/// <param name="Paused">The services that are paused.</param>
/// <param name="Live">
/// The connections and children of each service that the daemon still serves; null: its version does not report them.
/// </param>
public sealed record Handover(int Pid, long LastId, IReadOnlyList<string> Paused, IReadOnlyDictionary<string, int>? Live = null)
{
    /// <summary>
    /// The sockets that children of the daemon have themselves, each with the definition that the child was started with; null: the version
    /// of the daemon does not report them.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Children { get; init; }

    /// <summary>
    /// The signals that ask these children to end, of those that are not to get SIGTERM; null: the version of the daemon does not report
    /// them.
    /// </summary>
    public IReadOnlyDictionary<string, int>? StopSignals { get; init; }

    /// <summary>The services that an operator has stopped; null: the version of the daemon does not report them.</summary>
    public IReadOnlyList<string>? Stopped { get; init; }

    /// <summary>What is to be known of each server; null: the version of the daemon does not report it.</summary>
    public IReadOnlyDictionary<string, ServerHistory>? Servers { get; init; }

    /// <summary>How many connections the daemon may still number while the successor starts.</summary>
    internal const long Gap = 1_000_000;

    /// <summary>What this process tells its successor.</summary>
    internal static Handover Of(ListenerSet sockets, ConnectionTally tally, Gates gates) =>
        new(Environment.ProcessId, tally.LastId + Gap, [.. sockets.Paused], gates.Live())
        {
            Children = HoldersIn(sockets).ToDictionary(pair => pair.Id, pair => pair.Holder.Definition!),
            StopSignals = HoldersIn(sockets).Where(pair => pair.Holder.StopSignal != SignalName.SIGTERM)
                .ToDictionary(pair => pair.Id, pair => pair.Holder.StopSignal),
            Stopped = [.. sockets.Stopped],
            Servers = sockets.Listeners.Where(listener => listener.Assignment.IsServer)
                .Select(listener => listener.Assignment.Service.Name)
                .Select(name => (name, History: tally.Server(name).History()))
                .Where(pair => pair.History is not null)
                .ToDictionary(pair => pair.name, pair => pair.History!),
        };

    /// <summary>What the daemon has told of its children.</summary>
    internal IReadOnlyDictionary<string, ToldChild> ToldChildren() => (Children ?? new Dictionary<string, string>())
        .ToDictionary(pair => pair.Key, pair => new ToldChild(pair.Value, StopSignalOf(pair.Key)));

    private int? StopSignalOf(string id) => StopSignals?.TryGetValue(id, out var signal) == true ? signal : null;

    /// <summary>The children that have a socket, and the servers.</summary>
    private static IEnumerable<(string Id, ISocketHolder Holder)> HoldersIn(ListenerSet sockets) =>
        sockets.Listeners.SelectMany(listener => listener.Sockets).Concat(sockets.Ending.Select(ending => ending.Socket))
            .Select(socket => (socket.Place.Id, socket.Holder))
            .Concat(sockets.Listeners.Where(listener => listener.Assignment.IsServer)
                .Select(listener => (Assignment.IdOf(listener.Assignment.Service.Name), listener.Server)))
            .Where(pair => pair.Item2 is { Ended.IsCompleted: false, Definition: not null })

            // A socket that has been replaced may still be ending.
            .DistinctBy(pair => pair.Item1)
            .Select(pair => (pair.Item1, pair.Item2!));
}
