using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Platform;

/// <summary>The addresses that stand for every one, and those of groups.</summary>
public static class HostAddress
{
    /// <summary>The addresses that stand for every address of their family: 0.0.0.0 and [::].</summary>
    public static IReadOnlyList<IPAddress> Every { get; } = [IPAddress.Any, IPAddress.IPv6Any];

    /// <summary>Whether an address stands for every one of its family: 0.0.0.0 or [::].</summary>
    public static bool IsEvery(IPAddress address) => EveryOf(address.AddressFamily).Equals(address);

    /// <summary>The address that stands for every one of a family.</summary>
    public static IPAddress EveryOf(AddressFamily family) => family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;

    /// <summary>Whether an address is that of a multicast group: 224.0.0.0/4 or ff00::/8.</summary>
    public static bool IsGroup(IPAddress address) =>
        address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] >> 4 == 0xE);

    /// <summary>
    /// Whether an address is meaningless without an interface: a link-local one, and a multicast group within an interface or a link (RFC
    /// 4291, 2.7).
    /// </summary>
    public static bool NeedsInterface(IPAddress address) =>
        address.IsIPv6LinkLocal || (address.IsIPv6Multicast && (address.GetAddressBytes()[1] & 0xF) is 1 or 2);
}
