using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace NetSuperd.Native;

/// <summary>
/// The network interface of a link-local address (RFC 4007). The kernel numbers interfaces, and one that is created again gets another
/// number; people, maps and logs use names.
/// </summary>
public static class LinkScope
{
    /// <summary>The number of an interface by its name, or by its number in digits (if_nametoindex(3)).</summary>
    /// <returns>0 where there is none now.</returns>
    public static uint IndexOf(string name) =>
        Libc.if_nametoindex(name) is > 0 and var index ? index
        : uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Find(number) is not null ? number
        : 0;

    /// <summary>The name of an interface (if_indextoname(3)); its number in digits where there is none now.</summary>
    public static string NameOf(long index) => Find((uint)index) ?? index.ToString(CultureInfo.InvariantCulture);

    /// <summary>An address, with the name of its interface where it has one.</summary>
    public static string Text(IPAddress address) => address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 and var index }
        ? $"{new IPAddress(address.GetAddressBytes())}%{NameOf(index)}"
        : address.ToString();

    /// <summary>An address and port, with the name of the interface where there is one.</summary>
    public static string Text(EndPoint end) =>
        end is IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } } scoped
            ? string.Create(CultureInfo.InvariantCulture, $"[{Text(scoped.Address)}]:{scoped.Port}")
            : end.ToString()!;

    private static unsafe string? Find(uint index)
    {
        var name = stackalloc byte[Libc.IFNAMSIZ];
        return Libc.if_indextoname(index, name) is null
            ? null
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }
}
