using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Permit;

/// <summary>
/// What a map says about a peer that comes to a socket: which service answers, which gates it passes, and where that is written.
/// </summary>
/// <param name="Port">The entry of <c>[ports]</c> that answers.</param>
/// <param name="Gates">The gates in their order.</param>
/// <param name="Refusal">The word of the gate that refuses whatever else happens; null: none does.</param>
public sealed record Explanation(Port Port, IReadOnlyList<ExplainedGate> Gates, string? Refusal)
{
    /// <summary>Explains for every entry that answers on the socket.</summary>
    /// <param name="map">The map.</param>
    /// <param name="peer">An address, or <c>uid:NAME</c> for a unix socket.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>; a bare port stands for every address.</param>
    /// <param name="builtins">The names of the built-in handlers, whose datagrams have limits where nothing is said.</param>
    /// <param name="now">The time.</param>
    /// <returns>The entries, or what is wrong with peer or socket.</returns>
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
            : ([], found.Family == AddressFamily.Unix ? $"a user connects to unix sockets only; {key} is a different kind of socket"
                : key.Path is not null ? $"an address connects to IP sockets only; {key} is a different kind of socket"
                : $"no client connects from {peer} to {key}: one is an address of IPv4, the other of IPv6");
    }

    /// <summary>The peer of a text; null where it is none.</summary>
    internal static Peer? Find(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            // As strict as for rules, but that an address may name the interface on which it is one.
            return PeerNotation.TryParse(text.Split('%')[0], out _) ? Peer.Of(address) : null;
        }

        return PeerNotation.Read(text, new Position(new SourceText("", text)), new NameCache(), out _) is not { UserId: { } id } ? null
            : NameService.User(id) is { } known ? Peer.Of(id, [known.GroupId, .. NameService.Groups(known.Name, known.GroupId)])
            : Peer.Of(id, []);
    }

    /// <summary>The entries that answer on a socket: on one address the entry for that address before the one for every address.</summary>
    internal static IReadOnlyList<Port> Matching(Map map, PortKey key)
    {
        var same = map.Ports.Where(port => port.Key.Number == key.Number && (key.Path is null
            ? port.Key.Transport == key.Transport
            : port.Key.Path == key.Path)).ToList();
        return key.Address is null || key.Path is not null ? same
            : same.Find(port => key.Address.Equals(port.Key.Address) && key.Zone == port.Key.Zone) is { } own ? [own]
            : same.Where(port => port.Key.Address is null
                || (HostAddress.IsEvery(port.Key.Address) && port.Key.Address.AddressFamily == key.Address.AddressFamily))
                .ToList();
    }

    private static bool Reaches(Peer peer, PortKey key) => peer.Family == AddressFamily.Unix
        ? key.Path is not null
        : key.Path is null && (key.Address is not { } address || HostAddress.IsEvery(address) || address.AddressFamily == peer.Family);

    private static Explanation Of(Port port, Map map, Peer peer, IReadOnlySet<string> builtins, DateTimeOffset now)
    {
        // What a handler gets of them has no connections to be counted, and nobody waits.
        var isDatagram = port.Service.Program is null && port.Key.Transport.IsDatagram;
        var admission = port.Service.Admission;
        var terms = Terms.Of(port.Service, new PeerRules(admission.Allow, admission.Deny), TimeProvider.System);
        var (admits, rule) = terms.Rules.Judge(peer);
        var isOpen = terms.IsOpen(now);
        var gates = new List<ExplainedGate>();
        var then = isDatagram ? "more are dropped" : terms.Refuses ? "then clients are refused" : "then clients wait";
        if (isDatagram)
        {
            AddPeer();
            AddRate();
        }
        else
        {
            AddTotals();
            AddRate();
            AddPeer();
        }

        if (admission.Rate is not null)
        {
            Add("source_rate", "while others come, one source has no more of the rate than its part and what they leave", null, "rate");
        }

        var isBuiltin = builtins.Contains(port.Service.Handler ?? "");
        var ofSource = !isDatagram || !isBuiltin || admission.Says("rate_per_source") ? admission.RatePerSource
            : peer.IsLocal ? null
            : AdmissionKeys.DatagramRatePerSource;
        if (ofSource is { } rateOfSource)
        {
            Add("source_rate", $"{Text(rateOfSource)} for one source", null, "rate_per_source");
        }

        if (isDatagram)
        {
            AddAnswers();
        }
        else
        {
            AddPlaces();
        }

        if (port.Service.Program is { Wait: true })
        {
            gates.Add(new ExplainedGate("wait", port.Key.Transport.IsDatagram
                ? "the gates are for the first datagram of each child: while a child has the socket, it reads what every sender sends"
                : "the gates are for the client that starts a child: while a child has the socket, it accepts every client",
                null, port.Service.At));
        }

        return new Explanation(port, gates, gates.Find(gate => gate.Admits == false)?.Gate);

        void AddTotals()
        {
            if (map.Daemon.MaxConnections is { } most)
            {
                gates.Add(new ExplainedGate("total_limit", $"the daemon serves at most {most} at once", null, null));
            }

            if (admission.MaxConnections is { } own)
            {
                Add("service_limit", $"the service has at most {own} at once; {then}", null, "max_connections");
            }
        }

        void AddRate()
        {
            if (admission.Rate is { } rate)
            {
                Add("rate", $"{Text(rate)}; {then}", null, "rate");
            }
        }

        void AddPeer()
        {
            gates.Add(new ExplainedGate(
                "address",
                rule is not null ? $"{rule.Text} is {(admits ? "allowed" : "denied")}"
                    : admission.Allow is null ? "every peer that is not denied may come in"
                    : "only allowed peers may come in, and this one is not among them",
                admits,
                rule?.At ?? admission.Positions.GetValueOrDefault(admission.Allow is null ? "deny" : "allow")));
            if (!admission.Times.IsEmpty)
            {
                Add("time", string.Create(
                    CultureInfo.InvariantCulture,
                    $"it is {TimeZoneInfo.ConvertTime(now, admission.TimeZone):ddd HH:mm} in {admission.TimeZone.Id}, "
                    + $"which is {(isOpen ? "within" : "outside")}"),
                    isOpen, "times");
            }
        }

        void AddPlaces()
        {
            if (terms.MostOf(peer) is { } mostOfSource)
            {
                Add("source_limit", $"one source has at most {mostOfSource} at once", null, "max_per_source");
            }

            if (admission.Says("max_per_network"))
            {
                if (admission.MaxPerNetwork is { } mostOfNetwork)
                {
                    Add("source_limit", $"one network has at most {mostOfNetwork} at once", null, "max_per_network");
                }

                return;
            }

            var sockets = map.Ports.Where(other => other.Service.Name == port.Service.Name);
            AddHalf("the service", admission.MaxConnections, sockets);
            AddHalf("the daemon", map.Daemon.MaxConnections, map.Ports);
        }

        void AddHalf(string whose, int? places, IEnumerable<Port> sockets)
        {
            if (places is { } all && Networks.Of(peer).IsBounded(ReachOfPorts.Of(sockets)))
            {
                var limit = terms.PerNetworkOfDaemon;
                var (ceiling, least) = (limit.Of(all, all), limit.Of(all, 0));
                var rest = least == ceiling && limit.Least > 0 ? ", as many as max_per_source lets one source have"
                    : ", and no more than are free while less than a quarter is"
                        + (limit.Least > 0 ? $", but always the {limit.Least} of max_per_source" : "");
                Add("source_limit", $"one network has at most {ceiling} of the {all} places of {whose}{rest}", null, "");
            }
        }

        void AddAnswers()
        {
            if (peer.Family == AddressFamily.Unix)
            {
                return;
            }

            Add("loop_address", "no answer goes to an address that no host has", !peer.IsNobody, "");
            if (isBuiltin)
            {
                Add("loop_port", "nor to a port below 1024, or to one on which this daemon takes datagrams", null, "");
                Add("loop", "nor to a datagram that answers one answer after the other", null, "");
            }

            if ((isBuiltin || admission.Says("bytes_per_source")) && !(peer.IsLocal && !admission.Says("bytes_per_source"))
                && admission.BytesPerSource is { } bytes)
            {
                Add(
                    "budget", $"answers of at most {Quantity.Format((long)bytes.Count)} in {Quantity.Format(bytes.Period)} for one source",
                    null, "bytes_per_source");
            }
        }

        void Add(string gate, string text, bool? admits, string key) =>
            gates.Add(new ExplainedGate(gate, text, admits, admission.Positions.GetValueOrDefault(key)));
    }

    private static string Text(Rate rate) => string.Create(
        CultureInfo.InvariantCulture, $"at most {rate.Count} in {Quantity.Format(rate.Period)}, {rate.Burst} at once");
}

/// <summary>A gate before a service.</summary>
/// <param name="Gate">The word under which it refuses.</param>
/// <param name="Text">What it says.</param>
/// <param name="Admits">Whether the peer passes; null where that depends on who else comes.</param>
/// <param name="At">Where that is written; null: it is the default.</param>
public sealed record ExplainedGate(string Gate, string Text, bool? Admits, Position? At);
