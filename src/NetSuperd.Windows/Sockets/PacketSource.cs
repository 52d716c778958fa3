using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>
/// The control message with an address of this host (IN_PKTINFO and IN6_PKTINFO of ws2ipdef.h): where a received datagram was sent to, and
/// from where one is sent.
/// </summary>
internal static unsafe class PacketSource
{
    /// <summary>The room for either: WSA_CMSG_SPACE of ws2def.h.</summary>
    public const int Room = 40;

    private const int OffsetOfData = 16;
    private const int SizeOfInfo = SocketName.SizeOfAddress + sizeof(uint);
    private const int SizeOfInfo6 = SocketName.SizeOfAddress6 + sizeof(uint);

    /// <summary>Finds the address, of 4 or 16 bytes, and the number of the interface behind it; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(byte* control, uint length, out int device)
    {
        for (var at = 0u; at + OffsetOfData <= length;)
        {
            var header = (Ws2.ControlHeader*)(control + at);
            if (header->cmsg_len < OffsetOfData || header->cmsg_len > length - at)
            {
                break;
            }

            var size = (header->cmsg_level, header->cmsg_type) switch
            {
                (Ws2.IPPROTO_IP, Ws2.IP_PKTINFO) => SocketName.SizeOfAddress,
                (Ws2.IPPROTO_IPV6, Ws2.IPV6_PKTINFO) => SocketName.SizeOfAddress6,
                _ => 0,
            };
            if (size > 0 && header->cmsg_len >= (nuint)(OffsetOfData + size + sizeof(uint)))
            {
                var data = control + at + OffsetOfData;
                device = *(int*)(data + size);
                return new ReadOnlySpan<byte>(data, size);
            }

            at += ((uint)header->cmsg_len + 7) & ~7u;
        }

        device = 0;
        return [];
    }

    /// <summary>
    /// Writes from where a datagram is to be sent. The route chooses the interface, except for link-local addresses, fe80::/10 (RFC 4291,
    /// 2.5.6).
    /// </summary>
    /// <param name="control">Gets the message; <see cref="Room"/> bytes.</param>
    /// <param name="address">The address, of 4 or 16 bytes; empty: the system chooses it.</param>
    /// <param name="device">The interface by which it was asked.</param>
    /// <returns>The length.</returns>
    public static uint Write(byte* control, ReadOnlySpan<byte> address, int device)
    {
        if (address.IsEmpty)
        {
            return 0;
        }

        new Span<byte>(control, Room).Clear();
        var isIPv6 = address.Length == SocketName.SizeOfAddress6;
        var size = isIPv6 ? SizeOfInfo6 : SizeOfInfo;
        *(Ws2.ControlHeader*)control = new Ws2.ControlHeader
        {
            cmsg_len = (nuint)(OffsetOfData + size),
            cmsg_level = isIPv6 ? Ws2.IPPROTO_IPV6 : Ws2.IPPROTO_IP,
            cmsg_type = isIPv6 ? Ws2.IPV6_PKTINFO : Ws2.IP_PKTINFO,
        };
        address.CopyTo(new Span<byte>(control + OffsetOfData, address.Length));
        var isLinkLocal = isIPv6 && address[0] == 0xFE && (address[1] & 0xC0) == 0x80;
        *(int*)(control + OffsetOfData + address.Length) = isLinkLocal ? device : 0;
        return (uint)((OffsetOfData + size + 7) & ~7);
    }
}
