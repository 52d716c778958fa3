using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>The address of a socket in the format of Winsock: struct sockaddr_in and sockaddr_in6 of ws2def.h and ws2ipdef.h.</summary>
internal static unsafe class SocketName
{
    internal const int OffsetOfPort = 2;
    internal const int OffsetOfAddress = 4;
    internal const int SizeOfAddress = 4;
    internal const int SizeOfName = 16;
    internal const int OffsetOfAddress6 = 8;
    internal const int SizeOfAddress6 = 16;
    internal const int SizeOfName6 = 28;

    /// <summary>The family, as Winsock numbers it.</summary>
    public static int FamilyOf(ReadOnlySpan<byte> name) => name.Length >= SizeOfName ? MemoryMarshal.Read<ushort>(name) : 0;

    /// <summary>The port.</summary>
    public static int PortOf(ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt16BigEndian(name[OffsetOfPort..]);

    /// <summary>The address and port; null when it is of another family.</summary>
    public static IPEndPoint? EndPoint(ReadOnlySpan<byte> name) => FamilyOf(name) switch
    {
        Ws2.AF_INET => new IPEndPoint(new IPAddress(name.Slice(OffsetOfAddress, SizeOfAddress)), PortOf(name)),
        Ws2.AF_INET6 when name.Length >= SizeOfName6 => new IPEndPoint(
            new IPAddress(
                name.Slice(OffsetOfAddress6, SizeOfAddress6), MemoryMarshal.Read<uint>(name[(OffsetOfAddress6 + SizeOfAddress6)..])),
            PortOf(name)),
        _ => null,
    };

    /// <summary>The address and port of the peer; null where the socket has none, or no longer.</summary>
    public static EndPoint? PeerOf(SafeHandle socket)
    {
        var name = stackalloc byte[Ws2.SizeOfAnyAddress];
        var length = Ws2.SizeOfAnyAddress;
        return Ws2.getpeername(socket, name, &length) == 0 ? EndPoint(new ReadOnlySpan<byte>(name, length)) : null;
    }

    /// <summary>The socket's own address and port; null where it has none.</summary>
    public static EndPoint? LocalOf(SafeHandle socket)
    {
        var name = stackalloc byte[Ws2.SizeOfAnyAddress];
        var length = Ws2.SizeOfAnyAddress;
        return Ws2.getsockname(socket, name, &length) == 0 ? EndPoint(new ReadOnlySpan<byte>(name, length)) : null;
    }
}
