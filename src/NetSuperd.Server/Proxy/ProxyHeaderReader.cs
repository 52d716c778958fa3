using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;

namespace NetSuperd.Server.Proxy;

/// <summary>Reads a PROXY header from the first bytes of a connection.</summary>
/// <remarks>
/// Overview. The bytes come from another host, and in pieces of any size. So nothing is kept between two calls: each call sees all bytes
/// from the first one, and says whether they are a header, the beginning of one, or neither. What is wrong is said as early as one byte
/// shows it, so that a client which speaks another protocol does not wait for the end of the time. An address is taken only in its one
/// spelling, as the specification says: what this side reads as one address, another program may read as a different one.
/// </remarks>
internal static class ProxyHeaderReader
{
    private const int FieldsOfVersion1 = 4;
    private const int BytesOfIPv4 = 4;
    private const int BytesOfIPv6 = 16;
    private const int BytesOfPort = 2;
    private const int BytesOfUnix = 216;

    // The high half is the version.
    private const int Version2 = 0x20;
    private const int Local = 0x0;
    private const int Proxy = 0x1;

    private const int TcpOverIPv4 = 0x11;
    private const int TcpOverIPv6 = 0x21;
    private const int LastFamily = 0x3;
    private const int LastTransport = 0x2;

    /// <summary>Reads the header.</summary>
    /// <param name="bytes">The first bytes of the connection.</param>
    public static ProxyReading Read(ReadOnlySpan<byte> bytes)
    {
        if (Begins(bytes, ProxyHeader.Signature))
        {
            return bytes.Length < ProxyHeader.FirstBytesOfVersion2 ? ReadFirst(bytes) : ReadVersion2(bytes);
        }

        return Begins(bytes, ProxyHeader.Start) ? ReadVersion1(bytes) : ProxyReading.Wrong("it begins with something else");
    }

    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> with) =>
        bytes.Length < with.Length ? with.StartsWith(bytes) : bytes.StartsWith(with);

    private static ProxyReading ReadVersion1(ReadOnlySpan<byte> bytes)
    {
        var line = bytes[..Math.Min(bytes.Length, ProxyHeader.MostBytesOfVersion1)];
        var end = line.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || (end == line.Length - 1 && line[end] == '\r'))
        {
            return line.Length < ProxyHeader.MostBytesOfVersion1 ? ProxyReading.More
                : ProxyReading.Wrong($"its line has more than {ProxyHeader.MostBytesOfVersion1} bytes");
        }

        if (line[end] != '\r' || line[end + 1] != '\n')
        {
            return ProxyReading.Wrong("its line does not end with CR and LF");
        }

        var fields = Encoding.Latin1.GetString(line[ProxyHeader.Start.Length..end]).Split(' ');
        return fields switch
        {
            ["UNKNOWN", ..] => ProxyReading.Of(ProxyHeader.Unnamed, end + 2),
            ["TCP4", .. { Length: FieldsOfVersion1 } ends] => Named(ends, BytesOfIPv4, end + 2),
            ["TCP6", .. { Length: FieldsOfVersion1 } ends] => Named(ends, BytesOfIPv6, end + 2),
            _ => ProxyReading.Wrong("its line is none of TCP4, TCP6 and UNKNOWN with two addresses and two ports"),
        };
    }

    private static ProxyReading Named(string[] fields, int size, int length) =>
        End(fields[0], fields[2], size) is { } client && End(fields[1], fields[3], size) is { } local
            ? ProxyReading.Of(new ProxyHeader(client, local), length)
            : ProxyReading.Wrong("its line has a malformed address or port");

    private static IPEndPoint? End(string address, string port, int size) =>
        IsAddress(address, size) && IPAddress.TryParse(address, out var parsed) && Port(port) is { } number
        && (size == BytesOfIPv6 || parsed.ToString() == address)
            ? new IPEndPoint(Unmapped(parsed), number)
            : null;

    /// <summary>IPAddress.TryParse also takes names of interfaces, brackets, and IPv4 in other bases and with fewer parts.</summary>
    private static bool IsAddress(string text, int size) => size == BytesOfIPv4
        ? text.All(letter => char.IsAsciiDigit(letter) || letter == '.')
        : text.Contains(':', StringComparison.Ordinal) && text.All(letter => char.IsAsciiHexDigit(letter) || letter is ':' or '.');

    private static int? Port(string text) =>
        text is not ['0', _, ..] && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    /// <summary>The bytes before the addresses, of which some are still missing.</summary>
    private static ProxyReading ReadFirst(ReadOnlySpan<byte> bytes) =>
        bytes.Length > ProxyHeader.Signature.Length && WrongCommand(bytes[ProxyHeader.Signature.Length]) is { } wrong ? wrong
        : ProxyReading.More;

    private static ProxyReading? WrongCommand(int versionAndCommand) =>
        (versionAndCommand & 0xF0) != Version2 ? ProxyReading.Wrong($"its version is {versionAndCommand >> 4}, not 2")
        : (versionAndCommand & 0x0F) is not (Local or Proxy) ? ProxyReading.Wrong("its command is neither LOCAL nor PROXY")
        : null;

    private static ProxyReading ReadVersion2(ReadOnlySpan<byte> bytes)
    {
        var (command, family) = (bytes[ProxyHeader.Signature.Length], bytes[ProxyHeader.Signature.Length + 1]);
        if (WrongCommand(command) is { } wrong)
        {
            return wrong;
        }

        if (family >> 4 > LastFamily || (family & 0x0F) > LastTransport)
        {
            return ProxyReading.Wrong($"its family 0x{family:x2} is unknown");
        }

        var length = ProxyHeader.FirstBytesOfVersion2
            + BinaryPrimitives.ReadUInt16BigEndian(bytes[(ProxyHeader.FirstBytesOfVersion2 - sizeof(ushort))..]);
        if (length > ProxyHeader.MostBytes)
        {
            return ProxyReading.Wrong($"it has {length} bytes, more than {ProxyHeader.MostBytes}");
        }

        if (bytes.Length < length)
        {
            return ProxyReading.More;
        }

        // LOCAL: the proxy itself asks, for example whether the service is there, and the rest means nothing.
        return (command & 0x0F) == Local
            ? ProxyReading.Of(ProxyHeader.Unnamed, length)
            : ReadAddresses(bytes[..length], family);
    }

    private static ProxyReading ReadAddresses(ReadOnlySpan<byte> header, int family)
    {
        int? known = (family >> 4) switch
        {
            TcpOverIPv4 >> 4 => 2 * (BytesOfIPv4 + BytesOfPort),
            TcpOverIPv6 >> 4 => 2 * (BytesOfIPv6 + BytesOfPort),
            LastFamily => BytesOfUnix,
            _ => null,
        };
        if (known is not { } size)
        {
            // AF_UNSPEC: how long its addresses are, if there are any, is not known.
            return ProxyReading.Of(ProxyHeader.Unnamed, header.Length);
        }

        var rest = header[ProxyHeader.FirstBytesOfVersion2..];
        if (rest.Length < size)
        {
            return ProxyReading.Wrong($"its length {rest.Length} is too short for its addresses");
        }

        return WrongValue(header, ProxyHeader.FirstBytesOfVersion2 + size) is { } wrong ? ProxyReading.Wrong(wrong)
            : family is TcpOverIPv4 ? Ends(rest, BytesOfIPv4, rest[size..], header.Length)
            : family is TcpOverIPv6 ? Ends(rest, BytesOfIPv6, rest[size..], header.Length)

            // Datagrams have no place on a stream, and a unix client has no address that a gate could judge.
            : ProxyReading.Of(ProxyHeader.Unnamed, header.Length);
    }

    private static ProxyReading Ends(ReadOnlySpan<byte> addresses, int size, ReadOnlySpan<byte> values, int length)
    {
        var ports = addresses[(2 * size)..];
        return ProxyReading.Of(
            new ProxyHeader(
                new IPEndPoint(Unmapped(new IPAddress(addresses[..size])), BinaryPrimitives.ReadUInt16BigEndian(ports)),
                new IPEndPoint(
                    Unmapped(new IPAddress(addresses.Slice(size, size))), BinaryPrimitives.ReadUInt16BigEndian(ports[BytesOfPort..])))
            {
                Values = values.IsEmpty ? default : ProxyValues.PassedOn(values),
            },
            length);
    }

    /// <summary>What is wrong with the values behind the addresses; null: nothing. Those that mean nothing here are skipped.</summary>
    private static string? WrongValue(ReadOnlySpan<byte> header, int at)
    {
        while (at < header.Length)
        {
            if (header.Length - at < ProxyValues.BytesBefore)
            {
                return "its last value is cut off";
            }

            var (type, length) = (header[at], BinaryPrimitives.ReadUInt16BigEndian(header[(at + 1)..]));
            at += ProxyValues.BytesBefore;
            if (length > header.Length - at)
            {
                return $"its value of type 0x{type:x2} is longer than the header";
            }

            switch ((ProxyValue)type)
            {
                case ProxyValue.Checksum when length != sizeof(uint)
                    || Checksum(header, at) != BinaryPrimitives.ReadUInt32BigEndian(header[at..]):
                    return "its checksum is wrong";
                case ProxyValue.UniqueId when length > ProxyHeader.MostBytesOfUniqueId:
                    return $"its unique id has more than {ProxyHeader.MostBytesOfUniqueId} bytes";
            }

            at += length;
        }

        return null;
    }

    /// <summary>CRC32c of the header (RFC 9260, appendix A), in which the checksum itself counts as zeros.</summary>
    /// <param name="header">The header.</param>
    /// <param name="at">Where it has its checksum.</param>
    internal static uint Checksum(ReadOnlySpan<byte> header, int at)
    {
        var sum = uint.MaxValue;
        for (var i = 0; i < header.Length; i++)
        {
            sum = BitOperations.Crc32C(sum, i >= at && i < at + sizeof(uint) ? (byte)0 : header[i]);
        }

        return ~sum;
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
