using System.Net;
using NetSuperd.Server.Config;

namespace NetSuperd.Logging;

/// <summary>Peers' addresses as <c>log.address</c> allows them: cut to their network, or left out.</summary>
internal static class PeerMask
{
    private const int IPv4Bits = 24;
    private const int IPv6Bits = 48;

    /// <summary>What is logged for an <see cref="IPAddress"/> or an <see cref="IPEndPoint"/>.</summary>
    public static object? Apply(object? value, LogAddress mode) => (mode, value) switch
    {
        (LogAddress.Full, _) => value,
        (LogAddress.Prefix, IPEndPoint end) => Network(end.Address),
        (LogAddress.Prefix, IPAddress address) => Network(address),
        _ => "-",
    };

    private static string Network(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length == 4 ? IPv4Bits : IPv6Bits;
        bytes.AsSpan(bits / 8).Clear();
        return new IPNetwork(new IPAddress(bytes), bits).ToString();
    }
}
