using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Config.Import.Rinetd;

/// <summary>
/// A pattern of <c>allow</c> and <c>deny</c> in rinetd.conf. It is compared with the text of an address: <c>?</c> is one character, and
/// <c>*</c> any number of them, dots included (match.c of rinetd).
/// </summary>
internal sealed partial class RinetdPattern(string pattern)
{
    /// <summary>How rinetd sees a client of IPv4 at a socket of IPv6.</summary>
    public const string Mapped = "::ffff:";

    // Each place in the pattern is a bit of a number.
    private const int MostChars = 63;
    private const int MostNetworks = 1024;
    private const int Octets = 4;
    private const int BitsOfGroup = 16;

    private readonly Dictionary<(int Depth, ulong Places), (bool Any, bool All)> _known = [];

    /// <summary>Whether it is one that rinetd takes.</summary>
    public bool IsSound => pattern.All(letter => char.IsAsciiHexDigit(letter) || letter is '.' or ':' or '*' or '?' or '[' or ']');

    /// <summary>The networks of IPv4 whose addresses match, behind a beginning; null: too many for a list.</summary>
    public IReadOnlyList<IPNetwork>? OfIPv4(string beginning = "")
    {
        var networks = new List<IPNetwork>();
        return pattern.Length <= MostChars && TryCollect(0, Step(Closure(1), beginning), new byte[Octets], networks) ? networks : null;
    }

    /// <summary>The network of IPv6 whose addresses match; null: it is not one network.</summary>
    public IReadOnlyList<IPNetwork>? OfIPv6()
    {
        if (pattern.Trim('*').Length == 0)
        {
            return [new IPNetwork(IPAddress.IPv6Any, 0)];
        }

        if (pattern.StartsWith(Mapped, StringComparison.Ordinal) || IsOfIPv4())
        {
            return [];
        }

        if (PeerNotation.TryParse(pattern, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return [ForeignAccess.Network(address, ForeignAccess.BitsOf(address))];
        }

        var groups = Groups().Match(pattern);
        return groups.Success && PeerNotation.TryParse($"{groups.Groups[1].Value}:", out address)
            ? [ForeignAccess.Network(address, groups.Groups[2].Captures.Count * BitsOfGroup)]
            : null;
    }

    private bool IsOfIPv4() => pattern.Contains('.', StringComparison.Ordinal)
        && pattern.All(letter => letter is '.' or '?' or '*' || char.IsAsciiDigit(letter));

    private bool TryCollect(int depth, ulong places, byte[] address, List<IPNetwork> networks)
    {
        var (any, all) = Known(depth, places);
        if (!any)
        {
            return true;
        }

        if (all)
        {
            networks.Add(new IPNetwork(new IPAddress(address), depth * 8));
            return networks.Count <= MostNetworks;
        }

        for (var octet = 0; octet <= byte.MaxValue; octet++)
        {
            address[depth] = (byte)octet;
            if (!TryCollect(depth + 1, Behind(depth, places, octet), address, networks))
            {
                return false;
            }
        }

        address[depth] = 0;
        return true;
    }

    /// <summary>Whether some, and whether all addresses match that begin with what led to these places.</summary>
    private (bool Any, bool All) Known(int depth, ulong places)
    {
        if (depth == Octets || places == 0)
        {
            var ends = (places & (1UL << pattern.Length)) != 0;
            return (ends, ends);
        }

        if (!_known.TryGetValue((depth, places), out var known))
        {
            known = (false, true);
            for (var octet = 0; octet <= byte.MaxValue; octet++)
            {
                var (any, all) = Known(depth + 1, Behind(depth, places, octet));
                known = (known.Any || any, known.All && all);
            }

            _known[(depth, places)] = known;
        }

        return known;
    }

    private ulong Behind(int depth, ulong places, int octet) => Step(places, depth < Octets - 1 ? $"{octet}." : $"{octet}");

    private ulong Step(ulong places, string text)
    {
        foreach (var letter in text)
        {
            var next = 0UL;
            for (var place = 0; place < pattern.Length; place++)
            {
                if ((places & (1UL << place)) != 0)
                {
                    next |= pattern[place] == '*' ? 1UL << place
                        : pattern[place] == '?' || pattern[place] == letter ? 1UL << (place + 1)
                        : 0;
                }
            }

            places = Closure(next);
        }

        return places;
    }

    /// <summary>The places with those behind each <c>*</c>, which may stand for nothing.</summary>
    private ulong Closure(ulong places)
    {
        for (var place = 0; place < pattern.Length; place++)
        {
            if (pattern[place] == '*' && (places & (1UL << place)) != 0)
            {
                places |= 1UL << (place + 1);
            }
        }

        return places;
    }

    // A group of zeros may be left out of the text of an address, and the others may not.
    [GeneratedRegex(@"\A((?:([1-9a-f][0-9a-f]{0,3}):){1,7})\*\z")]
    private static partial Regex Groups();
}
