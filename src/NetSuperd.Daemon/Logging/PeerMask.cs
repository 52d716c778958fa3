using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Logging;

/// <summary>Peers' addresses as <c>log.address</c> allows: cut to their network, or left out.</summary>
internal static class PeerMask
{
    private const int IPv4Bits = 24;
    private const int IPv6Bits = 48;

    /// <summary>What is logged for a value: addresses as <c>log.address</c> allows, but for the daemon's own; the rest as it is.</summary>
    public static object? Shown(string name, object? value, LogAddress mode) =>
        value is IPAddress or IPEndPoint or VsockEndPoint ? Apply(value, name == "Local" ? LogAddress.Full : mode) : value;

    /// <summary>
    /// What is logged for an <see cref="IPAddress"/>, an <see cref="IPEndPoint"/> or a <see cref="VsockEndPoint"/>, whose context is a
    /// network of its own.
    /// </summary>
    public static object? Apply(object? value, LogAddress mode) => (mode, value) switch
    {
        (LogAddress.Full, IPEndPoint end) when HasInterface(end) => LinkText.Of(end, Installation.Current.Host.Names),
        (LogAddress.Full, IPAddress address) when HasInterface(address) => LinkText.Of(address, Installation.Current.Host.Names),
        (LogAddress.Full, _) => value,
        (LogAddress.Prefix, IPEndPoint end) => Network(end.Address),
        (LogAddress.Prefix, IPAddress address) => Network(address),
        (LogAddress.Prefix, VsockEndPoint end) => $"vsock:{end.Cid}",
        _ => "-",
    };

    /// <summary>Whether it is a link-local address, whose network interface has a name.</summary>
    private static bool HasInterface(object? value) => value switch
    {
        IPEndPoint end => HasInterface(end.Address),
        IPAddress { AddressFamily: AddressFamily.InterNetworkV6 } address => address.ScopeId != 0,
        _ => false,
    };

    private static string Network(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length == 4 ? IPv4Bits : IPv6Bits;
        bytes.AsSpan(bits / 8).Clear();
        return new IPNetwork(new IPAddress(bytes), bits).ToString();
    }
}
