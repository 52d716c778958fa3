using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.Server.Proxy;

/// <summary>Writes PROXY headers, for services that pass their clients on.</summary>
/// <remarks>
/// Ends of two families are both written as IPv6. Ends that are not of IP, as those of a unix socket, are written as unknown.
/// </remarks>
internal static class ProxyHeaderWriter
{
    private const byte Proxy = 0x21;
    private const byte Unspecified = 0x00;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;

    /// <summary>The line of version 1.</summary>
    /// <param name="client">The client's end.</param>
    /// <param name="local">The end that the client connected to.</param>
    public static byte[] Version1(EndPoint? client, EndPoint? local)
    {
        if (Alike(client, local) is not var (from, to))
        {
            return "PROXY UNKNOWN\r\n"u8.ToArray();
        }

        var family = from.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes(FormattableString.Invariant(
            $"PROXY {family} {WithoutZone(from)} {WithoutZone(to)} {from.Port} {to.Port}\r\n"));
    }

    /// <summary>The header of version 2.</summary>
    /// <param name="client">The client's end.</param>
    /// <param name="local">The end that the client connected to.</param>
    /// <param name="values">What stands behind the addresses; without those that are longer than such a header may be.</param>
    public static byte[] Version2(EndPoint? client, EndPoint? local, params IReadOnlyList<(ProxyValue Type, byte[] Bytes)> values)
    {
        using var header = new MemoryStream(ProxyHeader.MostBytes);
        header.Write(ProxyHeader.Signature);
        header.WriteByte(Proxy);
        if (Alike(client, local) is var (from, to))
        {
            header.WriteByte(from.AddressFamily == AddressFamily.InterNetwork ? TcpOverIPv4 : TcpOverIPv6);
            Write(header, 0);
            header.Write(from.Address.GetAddressBytes());
            header.Write(to.Address.GetAddressBytes());
            Write(header, from.Port);
            Write(header, to.Port);
        }
        else
        {
            header.WriteByte(Unspecified);
            Write(header, 0);
        }

        foreach (var (type, bytes) in values)
        {
            if (header.Length + ProxyValues.BytesBefore + bytes.Length <= ProxyHeader.MostBytes)
            {
                ProxyValues.Write(header, type, bytes);
            }
        }

        var whole = header.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(
            whole.AsSpan(ProxyHeader.FirstBytesOfVersion2 - sizeof(ushort)), (ushort)(whole.Length - ProxyHeader.FirstBytesOfVersion2));
        return whole;
    }

    private static (IPEndPoint From, IPEndPoint To)? Alike(EndPoint? client, EndPoint? local) => (client, local) switch
    {
        (IPEndPoint from, IPEndPoint to) when from.AddressFamily == to.AddressFamily => (from, to),
        (IPEndPoint from, IPEndPoint to) => (Mapped(from), Mapped(to)),
        _ => null,
    };

    private static IPEndPoint Mapped(IPEndPoint end) => new(end.Address.MapToIPv6(), end.Port);

    private static IPAddress WithoutZone(IPEndPoint end) => new(end.Address.GetAddressBytes());

    private static void Write(MemoryStream header, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)number);
        header.Write(bytes);
    }
}
