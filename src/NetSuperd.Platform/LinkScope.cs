using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Platform;

/// <summary>
/// The network interface of a link-local address (RFC 4007). The kernel numbers interfaces, and one that is created again gets another
/// number; people, maps and logs use names.
/// </summary>
public static class LinkScope
{
    /// <summary>The names of this system, which the program sets once; null: interfaces are shown by number.</summary>
    public static INames? Names { get; set; }

    /// <summary>An address, with the name of its interface where it has one.</summary>
    public static string Text(IPAddress address) => address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 and var index }
        ? $"{new IPAddress(address.GetAddressBytes())}%{Names?.InterfaceName(index) ?? index.ToString(CultureInfo.InvariantCulture)}"
        : address.ToString();

    /// <summary>An address and port, with the name of the interface where there is one.</summary>
    public static string Text(EndPoint end) =>
        end is IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } } scoped
            ? string.Create(CultureInfo.InvariantCulture, $"[{Text(scoped.Address)}]:{scoped.Port}")
            : end.ToString()!;
}
