using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The addresses of <c>only_from</c> and <c>no_access</c>: addr.c of xinetd.</summary>
internal static partial class XinetdAddress
{
    /// <summary>The networks that a word means; none: it is a name, or nothing that xinetd knows.</summary>
    public static IReadOnlyList<System.Net.IPNetwork> Read(string text) =>
        text.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            ? [Network(IPAddress.Loopback, 32), Network(IPAddress.IPv6Loopback, 128)]
        : Factors().Match(text) is { Success: true } factors ? Factored(factors)
        : text.IndexOf('/') is > 0 and var slash ? Prefix(text[..slash], text[(slash + 1)..])
        : Parse(text) is { } address ? [Network(address, LengthOf(address))]
        : [];

    /// <summary>A network in the notation of a map.</summary>
    public static string Spell(System.Net.IPNetwork network) =>
        network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8
            ? $"{network.BaseAddress}"
            : string.Create(CultureInfo.InvariantCulture, $"{network.BaseAddress}/{network.PrefixLength}");

    /// <summary>Whether a network has all addresses of another.</summary>
    public static bool Covers(System.Net.IPNetwork wide, System.Net.IPNetwork narrow) =>
        wide.BaseAddress.AddressFamily == narrow.BaseAddress.AddressFamily && wide.PrefixLength <= narrow.PrefixLength
            && wide.Contains(narrow.BaseAddress);

    /// <summary>An address; getaddrinfo(3) takes IPv4 with fewer than four numbers, as inet_aton(3) does.</summary>
    private static IPAddress? Parse(string text) =>
        text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal) ? null
        : IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || char.IsAsciiDigit(text[0]))
            ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address
            : null;

    // The rightmost numbers of IPv4 that are 0 stand for every number.
    private static int LengthOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? address.Equals(IPAddress.IPv6Any) ? 0 : 128
            : (Array.FindLastIndex(bytes, part => part != 0) + 1) * 8;
    }

    private static IReadOnlyList<System.Net.IPNetwork> Prefix(string host, string bits) =>
        Parse(host) is { } address && int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length <= address.GetAddressBytes().Length * 8
            ? [Network(address, length)]
            : [];

    private static List<System.Net.IPNetwork> Factored(Match factors)
    {
        var start = factors.Groups["start"].Value;
        var numbers = start.Count(letter => letter == '.') + 1;
        var rest = string.Concat(Enumerable.Repeat(".0", 4 - numbers));
        var addresses = factors.Groups["last"].Value.Split(',').Select(last => Parse($"{start}{last}{rest}")).ToList();
        return addresses.Contains(null) ? [] : [.. addresses.Select(address => Network(address!, numbers * 8))];
    }

    private static System.Net.IPNetwork Network(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] &= (byte)(0xff00 >> Math.Clamp(length - (at * 8), 0, 8));
        }

        return new System.Net.IPNetwork(new IPAddress(bytes), length);
    }

    [GeneratedRegex(@"\A(?<start>(?:[0-9]{1,3}\.){0,3})\{(?<last>[0-9]{1,3}(?:,[0-9]{1,3})*)\}\z")]
    private static partial Regex Factors();
}
