using System.Globalization;

namespace NetSuperd.Server.Config;

/// <summary>
/// The types of ICMP by the names that the packet filters of Linux have for them, which are those of the IANA
/// (https://www.iana.org/assignments/icmp-parameters, https://www.iana.org/assignments/icmpv6-parameters).
/// </summary>
public static class IcmpType
{
    /// <summary>The greatest number: the header has a byte for it.</summary>
    public const int Most = 255;

    // The first of the names of a type is its normal form.
    private static readonly (int Number, string Name)[] OfIPv4 =
    [
        (0, "echo-reply"), (3, "destination-unreachable"), (4, "source-quench"), (5, "redirect"), (8, "echo-request"),
        (9, "router-advertisement"), (10, "router-solicitation"), (11, "time-exceeded"), (12, "parameter-problem"),
        (13, "timestamp-request"), (14, "timestamp-reply"), (15, "information-request"), (16, "information-reply"),
        (17, "address-mask-request"), (18, "address-mask-reply"), (42, "extended-echo-request"), (43, "extended-echo-reply"),
    ];

    private static readonly (int Number, string Name)[] OfIPv6 =
    [
        (1, "destination-unreachable"), (2, "packet-too-big"), (3, "time-exceeded"), (4, "parameter-problem"), (128, "echo-request"),
        (129, "echo-reply"), (130, "multicast-listener-query"), (131, "multicast-listener-report"), (132, "multicast-listener-done"),
        (133, "router-solicitation"), (134, "router-advertisement"), (135, "neighbor-solicitation"), (135, "neighbour-solicitation"),
        (136, "neighbor-advertisement"), (136, "neighbour-advertisement"), (137, "redirect"), (143, "multicast-listener-report-v2"),
        (160, "extended-echo-request"), (161, "extended-echo-reply"),
    ];

    /// <summary>The names of both families.</summary>
    public static IEnumerable<string> Names => OfIPv4.Concat(OfIPv6).Select(type => type.Name).Distinct();

    /// <summary>The names of the types of a protocol.</summary>
    /// <param name="protocol"><see cref="RawProtocol.Icmp"/> or <see cref="RawProtocol.Icmp6"/>.</param>
    public static IEnumerable<string> NamesOf(int protocol) => Table(protocol).Select(type => type.Name);

    /// <summary>The number of a type.</summary>
    /// <param name="protocol"><see cref="RawProtocol.Icmp"/> or <see cref="RawProtocol.Icmp6"/>.</param>
    /// <param name="text">Its name, or its number in digits.</param>
    /// <returns>Null where the protocol has no such type.</returns>
    public static int? Find(int protocol, string text)
    {
        foreach (var (number, name) in Table(protocol))
        {
            if (name == text)
            {
                return number;
            }
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var digits) ? digits : null;
    }

    /// <summary>The name of a type, or its number in digits where it has none.</summary>
    /// <param name="protocol"><see cref="RawProtocol.Icmp"/> or <see cref="RawProtocol.Icmp6"/>.</param>
    /// <param name="type">The number.</param>
    public static string Text(int protocol, int type)
    {
        foreach (var (number, name) in Table(protocol))
        {
            if (number == type)
            {
                return name;
            }
        }

        return type.ToString(CultureInfo.InvariantCulture);
    }

    private static (int Number, string Name)[] Table(int protocol) => protocol == RawProtocol.Icmp6 ? OfIPv6 : OfIPv4;
}
