using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Permit.Order;

namespace NetSuperd.Server.Permit;

/// <summary>
/// Explains what a map does with a peer at a socket: which service answers, which gates the peer passes, and which line decides.
/// </summary>
/// <param name="Port">The entry of <c>[ports]</c> that answers.</param>
/// <param name="Gates">The gates in their order.</param>
/// <param name="Refusal">The word of the gate that refuses in any case; null: none does.</param>
public sealed record Explanation(Port Port, IReadOnlyList<ExplainedGate> Gates, string? Refusal)
{
    /// <summary>Whether the refusal holds although a child has the socket: the kernel drops what the child is not to read.</summary>
    public bool IsFiltered => Port.SenderFilter is not null && Refusal == GateOrder.Filtering.Refusal.Reason;

    /// <summary>Explains for every entry that answers on the socket.</summary>
    /// <param name="map">The map.</param>
    /// <param name="peer">An address, <c>uid:NAME</c> for a unix socket, or <c>vsock:CID</c> for a vsock socket.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>; a bare port stands for every address.</param>
    /// <param name="builtins">The names of the built-in handlers, whose datagrams have limits by default.</param>
    /// <param name="names">Names of the system.</param>
    /// <param name="now">The time.</param>
    /// <returns>The entries, or the problem of the peer or the socket.</returns>
    public static (IReadOnlyList<Explanation> Entries, string? Problem) Of(
        Map map, string peer, string socket, IReadOnlySet<string> builtins, INames names, DateTimeOffset now)
    {
        if (PeerAtSocket.Read(peer, socket, names, out var problem) is not { } asked)
        {
            return ([], problem);
        }

        var ports = asked.Answering(map);
        var reached = ports.Where(port => asked.Reaches(port.Key) || port.Trusted is not null).ToList();
        return ports.Count == 0 ? ([], $"no entry of [ports] answers on {asked.Key}")
            : reached.Count > 0 ? ([.. reached.Select(port => Of(port, map, asked.Peer, builtins, now))], null)
            : ([], asked.Obstacle(peer));
    }

    private static Explanation Of(Port port, Map map, Peer peer, IReadOnlySet<string> builtins, DateTimeOffset now)
    {
        IReadOnlyList<ExplainedGate> gates =
        [
            .. Unjudged.BeforeGates(port),
            .. port.Service.Kind == ServiceKind.Server ? [] : Judged(port, map, peer, builtins, now),
            .. Unjudged.ByChild(port, peer),
        ];
        return new Explanation(port, gates, gates.FirstOrDefault(gate => gate.Admits == false)?.Gate);
    }

    private static IReadOnlyList<ExplainedGate> Judged(Port port, Map map, Peer peer, IReadOnlySet<string> builtins, DateTimeOffset now)
    {
        var admission = port.Service.Admission;
        var terms = Terms.Of(port.Service, new PeerRules(admission.Allow, admission.Deny), TimeProvider.System);

        // Datagrams for a handler have no connections to be counted, and no sender waits; those that are forwarded have sessions.
        var isDatagram = port.HasDatagramHandler;
        var text = new GateText(
            map,
            port,
            isDatagram ? terms.OfDatagrams(map.DatagramPorts(), builtins.Contains(port.Service.Handler ?? ""), TimeProvider.System) : terms,
            peer,
            now);
        var sessions = isDatagram && port.Service.Forward is not null ? GateOrder.OfSessions : [];
        foreach (var gate in GateOrder.For(isDatagram).Concat(sessions).Where(gate => gate.IsOn(text.Terms) && gate.IsFor(peer.Family)))
        {
            gate.Explain(text);
        }

        return text.Gates;
    }
}

/// <summary>A line of an explanation: a gate before a service, or what no gate judges.</summary>
/// <param name="Gate">The word under which the gate refuses; for what no gate judges <c>types</c>, <c>wait</c> or <c>start</c>.</param>
/// <param name="Text">Its explanation.</param>
/// <param name="Admits">Whether the peer passes; null where that depends on other clients.</param>
/// <param name="At">The position of the key; null: it is the default.</param>
public sealed record ExplainedGate(string Gate, string Text, bool? Admits, Position? At);
