using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Notation;

/// <summary>The notation of the protocol of a raw socket, without address and transport: <c>icmp</c>, <c>89</c>.</summary>
internal static partial class ProtocolNotation
{
    // Names that other programs use, and names that protocols(5) may lack, since not every system has the file.
    private static readonly Dictionary<string, int> Known = new()
    {
        ["icmp"] = RawProtocol.Icmp, ["igmp"] = RawProtocol.Igmp, ["ipv6-icmp"] = RawProtocol.Icmp6,
    };

    private static readonly string[] OfIcmp6 = ["icmpv6", "icmp6", "icmp-v6", "ipv6icmp"];

    /// <summary>Reads the protocol.</summary>
    /// <param name="text">The protocol.</param>
    /// <param name="address">The address of the socket; null: every one.</param>
    /// <param name="names">Names of the system.</param>
    /// <param name="spell">The whole entry with another protocol, for what a message proposes.</param>
    /// <param name="protocol">The number.</param>
    /// <returns>The problem; null: there is none.</returns>
    public static string? Read(string text, IPAddress? address, NameCache names, Func<string, string> spell, out int protocol) =>
        (Digits().IsMatch(text) ? Number(text, spell, out protocol) : Named(text, names, spell, out protocol))
            ?? OfOtherFamily(text, address, spell, protocol);

    private static string? Number(string digits, Func<string, string> spell, out int protocol)
    {
        protocol = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : int.MaxValue;
        return protocol is 0 or > RawProtocol.Most ? $"there is no protocol {digits}; protocols are 1 to {RawProtocol.Most}"
            : digits[0] == '0' ? $"a protocol must not begin with 0; write {spell($"{protocol}")}"
            : null;
    }

    private static string? Named(string name, NameCache names, Func<string, string> spell, out int protocol)
    {
        protocol = names.Protocol(name) ?? Known.GetValueOrDefault(name);
        return protocol is > 0 and <= RawProtocol.Most ? null
            : SeveralProtocols().IsMatch(name) ? "a raw socket has one protocol; write an entry for each of them"
            : OfIcmp6.Contains(name.ToLowerInvariant()) ? $"protocols(5) has no '{name}'; write {spell("ipv6-icmp")}"
            : names.Protocol(name) is { } number
                ? $"'{name}' is protocol {number}, which no packet has; protocols are 1 to {RawProtocol.Most}"
            : Suggestion.For(name, Known.Keys) is { Length: > 0 } suggestion ? $"protocols(5) has no '{name}'{suggestion}"
            : $"protocols(5) has no '{name}'; write the number of the protocol";
    }

    private static string? OfOtherFamily(string text, IPAddress? address, Func<string, string> spell, int protocol) =>
        address is null || RawProtocol.FamilyOf(protocol) is not { } family || family == address.AddressFamily ? null
        : family == AddressFamily.InterNetworkV6 ? $"'{text}' is a protocol of IPv6 only; for IPv4 write {spell("icmp")}"
        : $"'{text}' is a protocol of IPv4 only{(protocol == RawProtocol.Icmp ? $"; for IPv6 write {spell("ipv6-icmp")}" : "")}";

    [GeneratedRegex(@"\A[0-9]+\z")]
    private static partial Regex Digits();

    [GeneratedRegex(@",|\A[0-9]+-[0-9]+\z")]
    private static partial Regex SeveralProtocols();
}
