using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Platform;

/// <summary>Addresses as text: that of a link with the name of its network interface.</summary>
public static class LinkText
{
    /// <summary>An address, such as <c>fe80::1%eth0</c>.</summary>
    public static string Of(IPAddress address, INames names) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 and var index }
            ? $"{new IPAddress(address.GetAddressBytes())}%{names.InterfaceName(index)}"
            : address.ToString();

    /// <summary>An end of a connection, such as <c>[fe80::1%eth0]:7</c>.</summary>
    public static string Of(EndPoint end, INames names) =>
        end is IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } } scoped
            ? string.Create(CultureInfo.InvariantCulture, $"[{Of(scoped.Address, names)}]:{scoped.Port}")
            : end.ToString()!;
}
