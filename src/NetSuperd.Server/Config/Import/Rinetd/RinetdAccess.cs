using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Rinetd;

/// <summary>
/// The clients of a line of rinetd.conf. A client had to match a pattern of <c>allow</c>, if there were any, and none of <c>deny</c>; both
/// for the patterns of every line, and for those of the line itself.
/// </summary>
/// <param name="map">Receives the findings.</param>
/// <param name="common">The patterns of every line.</param>
internal sealed class RinetdAccess(ImportedMap map, IReadOnlyList<RinetdClients> common)
{
    private readonly Dictionary<(bool, bool), Dictionary<IPNetwork, (bool Allows, Position At)>> _decisions = [];
    private readonly HashSet<Position> _said = [];

    /// <summary>Sets <c>allow</c> and <c>deny</c>.</summary>
    /// <param name="service">The service.</param>
    /// <param name="own">The patterns of its line.</param>
    /// <param name="addresses">The addresses of its sockets.</param>
    public void Set(ImportedService service, IReadOnlyList<RinetdClients> own, IReadOnlyList<IPAddress> addresses)
    {
        if (common.Count + own.Count == 0)
        {
            return;
        }

        // A socket on every address of IPv6 was one of IPv4 as well.
        var isMapped = addresses.Any(address => address.Equals(IPAddress.IPv6Any));
        var isSix = addresses.All(address => address.AddressFamily == AddressFamily.InterNetworkV6);
        if (own.Count > 0 || !_decisions.TryGetValue((isMapped, isSix), out var decisions))
        {
            decisions = Decide(service.At, own, isMapped, isSix);
            if (own.Count == 0)
            {
                _decisions[(isMapped, isSix)] = decisions;
            }
        }

        ForeignAccess.Set(map, service, decisions, "the lines allow and deny");
    }

    private Dictionary<IPNetwork, (bool Allows, Position At)> Decide(
        Position otherwise, IReadOnlyList<RinetdClients> own, bool isMapped, bool isSix)
    {
        var places = ForeignAccess.Everyone.ToDictionary(network => network, _ => otherwise);
        List<(ForeignClients? Allow, ForeignClients? Deny)> rounds = [Round(common), Round(own)];
        return places.ToDictionary(
            place => place.Key,
            place => (rounds.TrueForAll(round => (round.Allow?.Match(place.Key) ?? Certainty.Yes) == Certainty.Yes
                && (round.Deny?.Match(place.Key) ?? Certainty.No) == Certainty.No), place.Value));

        (ForeignClients? Allow, ForeignClients? Deny) Round(IReadOnlyList<RinetdClients> lines)
        {
            var (allow, deny) = ((ForeignClients?)null, (ForeignClients?)null);
            foreach (var line in lines)
            {
                var clients = line.Allows ? allow ??= new ForeignClients() : deny ??= new ForeignClients();
                var networks = Networks(line, isMapped, isSix);
                clients.Add(networks ?? ForeignAccess.Everyone, isCertain: networks is not null);
                foreach (var network in networks ?? [])
                {
                    places.TryAdd(network, line.Pattern.At);
                }
            }

            return (allow, deny);
        }
    }

    /// <summary>The networks that a pattern means; null: that is not known, which has been said.</summary>
    private IReadOnlyList<IPNetwork>? Networks(RinetdClients line, bool isMapped, bool isSix)
    {
        var pattern = new RinetdPattern(line.Pattern.Text);
        if (!pattern.IsSound)
        {
            SayOnce(
                line.Pattern, "is no pattern of addresses, so rinetd did not start: write one; until then "
                    + (line.Allows ? "it lets no client in" : "all clients are refused"));
            return null;
        }

        var plain = pattern.OfIPv4();
        var four = isMapped ? pattern.OfIPv4(RinetdPattern.Mapped) : isSix ? [] : plain;
        var six = isMapped || isSix ? pattern.OfIPv6() : [];
        if (four is null || six is null)
        {
            SayOnce(line.Pattern, "stands for too many networks, or for addresses whose text is like it: write prefixes such as "
                + "\"10.0.0.0/8\" in allow or deny; until then " + (line.Allows ? "it lets no client in" : "all clients are refused"));
            return null;
        }

        if (isMapped && four.Count == 0 && plain is { Count: > 0 })
        {
            if (!line.Allows)
            {
                return [.. plain, .. six];
            }

            SayOnce(
                line.Pattern, $"matched no client of '::', where rinetd saw clients of IPv4 as {RinetdPattern.Mapped}192.0.2.1: write them "
                    + "in allow, if they are meant");
        }

        return [.. four, .. six];
    }

    private void SayOnce(Word pattern, string message)
    {
        if (_said.Add(pattern.At))
        {
            map.Lost(pattern.At, $"'{pattern.Text}' {message}");
        }
    }
}
