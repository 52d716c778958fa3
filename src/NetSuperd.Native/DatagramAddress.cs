using System.Net;

namespace NetSuperd.Native;

/// <summary>The addresses of a datagram, read from the bytes that the kernel has written. IPv4 is never v4-mapped.</summary>
public static class DatagramAddress
{
    /// <summary>The address of a struct sockaddr; null for a unix socket without a name.</summary>
    public static EndPoint? Of(ReadOnlySpan<byte> name) => SocketName.EndPoint(name) is { } ip
        ? new IPEndPoint(Plain(ip.Address), ip.Port)
        : SocketName.UnixEndPoint(name);

    /// <summary>The address that a datagram was sent to, of 4 or 16 bytes; null for none.</summary>
    public static IPAddress? OfDestination(ReadOnlySpan<byte> address) => address.IsEmpty ? null : Plain(new IPAddress(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
