using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Web;

/// <summary>Where a client comes from, for limits: its address, or of IPv6 its network, in which a host may take any address.</summary>
internal static class Source
{
    // RFC 4291, 2.5.1: the second half of an address is that of the interface.
    private const int NetworkBytes = 8;

    /// <summary>The source of a client; null: it is unknown.</summary>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            return address?.MapToIPv4() ?? IPAddress.None;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
