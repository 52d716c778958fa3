using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
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
    /// <param name="peer">An address, or <c>uid:NAME</c> for a unix socket.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>; a bare port stands for every address.</param>
    /// <param name="builtins">The names of the built-in handlers, whose datagrams have limits by default.</param>
    /// <param name="now">The time.</param>
    /// <returns>The entries, or the problem of the peer or the socket.</returns>
    public static (IReadOnlyList<Explanation> Entries, string? Problem) Of(
        Map map, string peer, string socket, IReadOnlySet<string> builtins, DateTimeOffset now)
    {
        if (PortNotation.Read(socket, new NameCache(), out var problem) is not { } key)
        {
            return ([], problem);
        }

        if (Find(peer) is not { } found)
        {
            return ([], $"'{peer}' is not a peer; write an address such as 192.0.2.1, or uid:1000 for a unix socket");
        }

        var ports = Matching(map, key);
        var reached = ports.Where(port => Reaches(found, port.Key)).ToList();
        return ports.Count == 0 ? ([], $"no entry of [ports] answers on {key}")
            : reached.Count > 0 ? ([.. reached.Select(port => Of(port, map, found, builtins, now))], null)
            : ([], found.IsUnix ? $"a user connects to unix sockets only; {key} is a different kind of socket"
                : key.Transport.IsUnix ? $"an address connects to IP sockets only; {key} is a different kind of socket"
                : $"no client connects from {peer} to {key}: one is an address of IPv4, the other of IPv6");
    }

    /// <summary>The peer in a text; null where it is malformed.</summary>
    internal static Peer? Find(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            // As strict as for rules, except that a link-local address may name its interface.
            return PeerNotation.TryParse(text.Split('%')[0], out _) ? Peer.Of(address) : null;
        }

        return PeerNotation.Read(text, new Position(new SourceText("", text)), new NameCache(), out _) is not { UserId: { } id } ? null
            : NameService.User(id) is { } known ? Peer.Of(id, [known.GroupId, .. NameService.Groups(known.Name, known.GroupId)])
            : Peer.Of(id, []);
    }

    /// <summary>The entries that answer on a socket: on one address the entry for that address before the one for every address.</summary>
    internal static IReadOnlyList<Port> Matching(Map map, PortKey key)
    {
        var same = map.Ports.Where(port => port.Key.Number == key.Number && (key.Transport.IsUnix
            ? port.Key.Path == key.Path
            : port.Key.Transport.SharesPortsWith(key.Transport))).ToList();
        return key.Address is null ? same
            : same.Find(port => key.Address.Equals(port.Key.Address) && key.Zone == port.Key.Zone) is { } own ? [own]
            : same.Where(port => port.Key.Address is null
                || (HostAddress.IsEvery(port.Key.Address) && port.Key.Address.AddressFamily == key.Address.AddressFamily))
                .ToList();
    }

    private static bool Reaches(Peer peer, PortKey key) => peer.IsUnix
        ? key.Transport.IsUnix
        : key.Transport.IsRaw ? key.Addresses.Any(own => own.AddressFamily == peer.Family)
        : !key.Transport.IsUnix
            && (key.Address is not { } address || HostAddress.IsEvery(address) || address.AddressFamily == peer.Family);

    private static Explanation Of(Port port, Map map, Peer peer, IReadOnlySet<string> builtins, DateTimeOffset now)
    {
        if (port.Service.Kind == ServiceKind.Server)
        {
            return new Explanation(port, [.. Types(port), Server(port)], null);
        }

        var admission = port.Service.Admission;
        var terms = Terms.Of(port.Service, new PeerRules(admission.Allow, admission.Deny), TimeProvider.System);

        // Datagrams for a handler have no connections to be counted, and no sender waits.
        var isDatagram = port.HasDatagramHandler;
        var text = new GateText(
            map,
            port,
            isDatagram ? terms.OfDatagrams(map.DatagramPorts(), builtins.Contains(port.Service.Handler ?? ""), TimeProvider.System) : terms,
            peer,
            now);
        foreach (var gate in GateOrder.For(isDatagram).Where(gate => gate.IsOn(text.Terms) && gate.IsFor(peer.Family)))
        {
            gate.Explain(text);
        }

        IReadOnlyList<ExplainedGate> gates =
        [
            .. Types(port),
            .. text.Gates,
            .. port.Service.Kind == ServiceKind.Wait ? [Wait(port)] : Array.Empty<ExplainedGate>(),
        ];
        return new Explanation(port, gates, gates.FirstOrDefault(gate => gate.Admits == false)?.Gate);
    }

    private static ExplainedGate Server(Port port) => new(
        "start", "a server runs all the time and accepts every client itself: the daemon judges none", null, port.Service.At);

    private static IEnumerable<ExplainedGate> Types(Port port)
    {
        if (port.Types is { } types)
        {
            var names = string.Join(", ", types.Select(type => IcmpType.Text(port.Key.Number, type)));
            yield return new ExplainedGate(
                "types", $"only ICMP of these types arrives: {names}; the kernel drops the others without a record", null, port.At);
        }
    }

    private static ExplainedGate Wait(Port port)
    {
        var text = port.SenderFilter is not null
            ? "allow and deny hold for every datagram: the kernel drops the others without a record; the other gates are for the first "
                + "datagram of each child"
            : port.Key.Transport.IsDatagram
                ? "the gates are for the first datagram of each child: while a child has the socket, it reads what every sender sends"
                : port.Service.Program is { Processes: { } processes }
                    ? $"the gates are for the start of the children: {processes} share the socket, and accept every client"
                    : "the gates are for the client that starts a child: while a child has the socket, it accepts every client";
        return new ExplainedGate("wait", text, null, port.Service.At);
    }
}

/// <summary>A gate before a service.</summary>
/// <param name="Gate">The word under which it refuses.</param>
/// <param name="Text">Its explanation.</param>
/// <param name="Admits">Whether the peer passes; null where that depends on other clients.</param>
/// <param name="At">The position of the key; null: it is the default.</param>
public sealed record ExplainedGate(string Gate, string Text, bool? Admits, Position? At);
