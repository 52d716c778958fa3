using System.Net.Sockets;

namespace NetSuperd.Server.Config;

/// <summary>Protocols above IP by their numbers, for raw sockets (https://www.iana.org/assignments/protocol-numbers).</summary>
public static class RawProtocol
{
    /// <summary>ICMP of IPv4.</summary>
    public const int Icmp = 1;

    /// <summary>IGMP, which only IPv4 has.</summary>
    public const int Igmp = 2;

    /// <summary>ICMP of IPv6.</summary>
    public const int Icmp6 = 58;

    /// <summary>A socket of this protocol sends headers from its creation on, and receives hardly anything (raw(7), IPPROTO_RAW).</summary>
    public const int Headers = 255;

    /// <summary>The greatest number: the header has a byte for it.</summary>
    public const int Most = 255;

    /// <summary>The only family that has the protocol; null: both have it.</summary>
    public static AddressFamily? FamilyOf(int protocol) => protocol switch
    {
        Icmp or Igmp => AddressFamily.InterNetwork,
        Icmp6 => AddressFamily.InterNetworkV6,
        _ => null,
    };
}
