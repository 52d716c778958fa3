using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>
/// The access rules of another program as <c>allow</c> and <c>deny</c>. There the first rule that matches may decide, here the most
/// specific one: so each network that a rule names gets the decision that its addresses got there, and the order is not needed.
/// </summary>
internal static class ForeignAccess
{
    /// <summary>Every address of IPv4, and of IPv6.</summary>
    public static readonly IReadOnlyList<IPNetwork> Everyone = [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)];

    /// <summary>This host, as a client of itself.</summary>
    public static readonly IReadOnlyList<IPNetwork> LocalHost = [Network(IPAddress.Loopback, 32), Network(IPAddress.IPv6Loopback, 128)];

    /// <summary>The network of an address; bits beyond the prefix are left out.</summary>
    public static IPNetwork Network(IPAddress address, int length) => new(PeerNotation.Masked(address, length), length);

    /// <summary>How many bits an address has.</summary>
    public static int BitsOf(IPAddress address) => address.GetAddressBytes().Length * 8;

    /// <summary>The bits of a netmask such as <c>255.255.255.0</c>, or of a number; null: it is neither.</summary>
    public static int? Length(string text, IPAddress address)
    {
        if (int.TryParse(text, System.Globalization.NumberStyles.None, null, out var length))
        {
            return length <= BitsOf(address) ? length : null;
        }

        if (!PeerNotation.TryParse(text, out var mask) || mask.AddressFamily != AddressFamily.InterNetwork)
        {
            return null;
        }

        var bits = mask.GetAddressBytes().Aggregate(0u, (sum, part) => (sum << 8) | part);
        length = System.Numerics.BitOperations.LeadingZeroCount(~bits);
        return System.Numerics.BitOperations.PopCount(bits) == length ? length : null;
    }

    /// <summary>The networks that contain a network, itself first, of the lengths that there are.</summary>
    public static IEnumerable<IPNetwork> Containing(IPNetwork network, IEnumerable<int> lengthsFromLongest) =>
        lengthsFromLongest.Where(length => length <= network.PrefixLength).Select(length => Network(network.BaseAddress, length));

    /// <summary>Sets <c>allow</c> and <c>deny</c>.</summary>
    /// <param name="map">Receives the findings.</param>
    /// <param name="service">The service.</param>
    /// <param name="decisions">What becomes of the addresses of each network that are in none of its parts here; everyone is among them.
    /// </param>
    /// <param name="rules">What the rules are called.</param>
    /// <returns>Whether the service has them now.</returns>
    public static bool Set(
        ImportedMap map, ImportedService service, IReadOnlyDictionary<IPNetwork, (bool Allows, Position At)> decisions, string rules)
    {
        int[] lengths = [.. decisions.Keys.Select(network => network.PrefixLength).Distinct().OrderDescending()];
        var (allow, deny) = (new List<Word>(), new List<Word>());
        foreach (var (network, (allows, at)) in decisions)
        {
            var around = Containing(network, lengths).Where(outer => outer != network && decisions.ContainsKey(outer)).Take(1).ToList();
            if (around is not [var outer] || decisions[outer].Allows != allows)
            {
                (allows ? allow : deny).Add(new Word(PeerNotation.Spell(network.BaseAddress, network.PrefixLength), at));
            }
        }

        if (deny.Count == 0 || !CanHave(map, service, deny[0].At, rules))
        {
            return deny.Count == 0;
        }

        if (service.Find(AdmissionKeys.Allow) is not null || service.Find(AdmissionKeys.Deny) is not null)
        {
            // A client had to pass both.
            service.Disable(service.At);
            service.Remarks.Add($"{rules} refuse clients as well: write allow and deny for both");
            map.Lost(deny[0].At, $"'{service.Name}' is disabled: it has addresses of its own, and {rules} refuse clients as well: "
                + "write allow and deny for both");
            return false;
        }

        // Without allow every client is let in, and with it only the clients that it names.
        if (!Everyone.All(network => decisions[network].Allows) || allow.Count > Everyone.Count)
        {
            service.Set(AdmissionKeys.Allow, allow, service.At);
            deny.RemoveAll(word => Everyone.Any(network => word.Text == $"{network}"));
        }

        if (deny.Count > 0)
        {
            service.Set(AdmissionKeys.Deny, deny, service.At);
        }

        return true;
    }

    private static bool CanHave(ImportedMap map, ImportedService service, Position at, string rules)
    {
        var waits = service.Find(ServiceKeys.Wait) is not null && service.Sockets.Exists(socket => !socket.Key.Transport.IsDatagram);
        if (service.Sockets.Count > 0 && service.Sockets.TrueForAll(socket => socket.Key.Transport.IsUnix))
        {
            map.Lost(at, $"{rules} say nothing about the unix socket of '{service.Name}': owner, group and mode of the socket do");
        }
        else if (waits)
        {
            service.Disable(service.At);
            service.Remarks.Add($"{rules} refuse clients, and with wait = true the program accepts them itself");
            map.Lost(
                at,
                $"'{service.Name}' is disabled: {rules} refuse clients, and with wait = true the program accepts all of them itself; "
                + "refuse them in the program or with a packet filter, and remove 'enabled'");
        }
        else
        {
            return true;
        }

        return false;
    }
}
