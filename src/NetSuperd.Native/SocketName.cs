using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace NetSuperd.Native;

/// <summary>The address of a socket in the kernel's format: struct sockaddr of socket(7), ip(7), ipv6(7) and unix(7).</summary>
internal static class SocketName
{
    /// <summary>The size of struct sockaddr_un, of which an address uses as much as its name needs.</summary>
    public const int SizeOfUnix = OffsetOfPath + Libc.SizeOfUnixPath;

    /// <summary>
    /// The last byte of sun_path is for the NUL at the end of a path, the first for the one before an abstract name (unix(7)).
    /// </summary>
    public const int MostUnixBytes = Libc.SizeOfUnixPath - 1;

    private const int OffsetOfPath = 2;

    // Of struct sockaddr_in and struct sockaddr_in6; a test compares.
    internal const int OffsetOfPort = 2;
    internal const int OffsetOfAddress = 4;
    internal const int SizeOfAddress = 4;
    internal const int OffsetOfAddress6 = 8;
    internal const int SizeOfAddress6 = 16;

    /// <summary>The address and port; null when it is of another family.</summary>
    public static IPEndPoint? EndPoint(ReadOnlySpan<byte> bytes)
    {
        var family = Family(bytes);
        if (family is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            return null;
        }

        // struct sockaddr_in: port and address follow the family. struct sockaddr_in6 has the flow between them and ends with the scope.
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[OffsetOfPort..]);
        return new IPEndPoint(
            family == AddressFamily.InterNetwork
                ? new IPAddress(bytes.Slice(OffsetOfAddress, SizeOfAddress))
                : new IPAddress(
                    bytes.Slice(OffsetOfAddress6, SizeOfAddress6),
                    MemoryMarshal.Read<uint>(bytes[(OffsetOfAddress6 + SizeOfAddress6)..])),
            port);
    }

    /// <summary>The address and port of the peer; null where the socket has none, or no longer.</summary>
    public static unsafe EndPoint? PeerOf(SafeHandle socket)
    {
        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var length = (uint)Libc.SizeOfAnyAddress;
        return Libc.getpeername(socket, address, &length) == 0 ? EndPoint(new ReadOnlySpan<byte>(address, (int)length)) : null;
    }

    /// <summary>The socket's own address and port, or the name of a unix socket; null where it has none.</summary>
    public static unsafe EndPoint? LocalOf(SafeHandle socket)
    {
        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var length = (uint)Libc.SizeOfAnyAddress;
        var name = Libc.getsockname(socket, address, &length) == 0 ? new ReadOnlySpan<byte>(address, (int)length) : [];
        return EndPoint(name) ?? UnixEndPoint(name);
    }

    /// <summary>The path of a unix socket, or <c>@name</c> of an abstract one; null when it has none.</summary>
    public static string? Unix(ReadOnlySpan<byte> bytes)
    {
        if (Family(bytes) != AddressFamily.Unix || bytes.Length == OffsetOfPath)
        {
            return null;
        }

        // The end of an abstract name is the end of the address, that of a path a NUL or the end.
        var name = bytes[OffsetOfPath..];
        if (name[0] == 0)
        {
            return $"@{Encoding.UTF8.GetString(name[1..])}";
        }

        var end = name.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }

    /// <summary>The address of a unix socket, whatever bytes are in its name; null when it has none.</summary>
    public static EndPoint? UnixEndPoint(ReadOnlySpan<byte> bytes)
    {
        if (Family(bytes) != AddressFamily.Unix || bytes.Length == OffsetOfPath)
        {
            return null;
        }

        var address = new SocketAddress(AddressFamily.Unix, bytes.Length);
        bytes.CopyTo(address.Buffer.Span);
        return new UnixDomainSocketEndPoint("/").Create(address);
    }

    /// <summary>
    /// Whether a unix socket can have the name: 107 bytes, and before an abstract one the mark <c>@</c>, which becomes its NUL.
    /// </summary>
    public static bool Fits(string name) => Encoding.UTF8.GetByteCount(name) - (name.StartsWith('@') ? 1 : 0) <= MostUnixBytes;

    /// <summary>Writes the address of a unix socket.</summary>
    /// <param name="name">A path, or <c>@name</c>, of which <see cref="Fits"/> is true.</param>
    /// <param name="address">Gets the address; <see cref="SizeOfUnix"/> bytes.</param>
    /// <returns>How many bytes the address has.</returns>
    /// <exception cref="ArgumentException">The name is longer.</exception>
    public static int Write(string name, Span<byte> address)
    {
        if (!Fits(name))
        {
            throw new ArgumentException($"the name of a unix socket has at most {MostUnixBytes} bytes", nameof(name));
        }

        // The family is a native short; an abstract name begins with NUL and is not terminated.
        address.Clear();
        MemoryMarshal.Write(address, (ushort)Libc.AF_UNIX);
        var bytes = Encoding.UTF8.GetBytes(name, address[OffsetOfPath..]);
        var isAbstract = name.StartsWith('@');
        if (isAbstract)
        {
            address[OffsetOfPath] = 0;
        }

        return OffsetOfPath + bytes + (isAbstract ? 0 : 1);
    }

    private static AddressFamily Family(ReadOnlySpan<byte> bytes) =>
        bytes.Length < OffsetOfPath ? AddressFamily.Unknown : SocketDomain.Of(MemoryMarshal.Read<ushort>(bytes));
}
