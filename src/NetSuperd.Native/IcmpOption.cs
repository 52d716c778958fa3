using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The option of a raw socket for the types of ICMP that it receives (raw(7), ICMP_FILTER; RFC 3542, ICMP6_FILTER).</summary>
/// <remarks>It drops the others before they are copied for the socket; <see cref="IcmpFilter"/> checks them again.</remarks>
public static class IcmpOption
{
    private const int TypesOfWord = 32;

    /// <summary>Sets the option of a socket.</summary>
    /// <param name="socket">A raw socket of ICMP.</param>
    /// <param name="types">The types that it is to receive; null: all.</param>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static unsafe void Set(Socket socket, IReadOnlyCollection<int>? types)
    {
        var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        Span<uint> dropped = stackalloc uint[IcmpFilter.Types / TypesOfWord];
        dropped.Fill(types is null ? 0 : uint.MaxValue);
        foreach (var type in types ?? [])
        {
            dropped[type / TypesOfWord] &= ~(1u << (type % TypesOfWord));
        }

        fixed (uint* words = dropped)
        {
            var result = isIPv6
                ? Libc.setsockopt(socket.SafeHandle, Libc.IPPROTO_ICMPV6, Libc.ICMPV6_FILTER, words, IcmpFilter.Types / 8)
                : Libc.setsockopt(socket.SafeHandle, Libc.SOL_RAW, Libc.ICMP_FILTER, words, sizeof(uint));
            if (result < 0)
            {
                throw Libc.Failure("setsockopt", "ICMP_FILTER");
            }
        }
    }
}
