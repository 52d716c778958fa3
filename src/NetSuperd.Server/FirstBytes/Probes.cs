using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace NetSuperd.Server.FirstBytes;

/// <summary>Tells protocols by the first bytes that their clients send.</summary>
internal static class Probes
{
    // How far what tells is searched for: clients send it in their first line or element.
    private const int MostSearched = 1024;

    // RFC 9110, RFC 5789, and those of WebDAV; PRI begins HTTP/2 without TLS (RFC 9113, 3.4).
    private static readonly byte[][] Methods =
    [
        .. ((string[])
        [
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI", "PROPFIND", "PROPPATCH", "MKCOL", "COPY",
            "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH",
        ]).Select(method => Encoding.ASCII.GetBytes(method + " ")),
    ];

    // RFC 6120, 4.8 and 11.4: an XML declaration may come before the stream.
    private static readonly byte[][] StartsOfXmpp = ["<?xml"u8.ToArray(), "<stream:stream"u8.ToArray()];

    // P_CONTROL_HARD_RESET_CLIENT_V1, V2 and V3 with key 0 (src/openvpn/ssl_pkt.h).
    private static readonly byte[] ResetsOfOpenVpn = [1 << 3, 7 << 3, 10 << 3];

    private const int LeastOfOpenVpn = 14;
    private const int MostOfOpenVpn = 4096;

    private const int LeastOfRdp = 11;
    private const int ConnectionRequest = 0xE0;

    private const byte Version5 = 5;
    private const int LastAssignedMethod = 9;
    private const int FirstPrivateMethod = 0x80;

    private const int Version3 = 3;
    private const int MostOfPostgres = 10_000;
    private static readonly int[] RequestsOfPostgres = [80877102, 80877103, 80877104];

    /// <summary>A request of HTTP/1, or HTTP/2 without TLS.</summary>
    public static Fit Http(ReadOnlySpan<byte> bytes) => StartsWithOne(bytes, Methods);

    /// <summary>A client of SSH that does not wait for the server to speak first (RFC 4253, 4.2).</summary>
    public static Fit Ssh(ReadOnlySpan<byte> bytes) => StartsWith(bytes, "SSH-"u8);

    /// <summary>The first packet of OpenVPN over TCP.</summary>
    public static Fit OpenVpn(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => Fit.More,
        1 => bytes[0] <= MostOfOpenVpn >> 8 ? Fit.More : Fit.No,
        _ when BinaryPrimitives.ReadUInt16BigEndian(bytes) is < LeastOfOpenVpn or > MostOfOpenVpn => Fit.No,
        2 => Fit.More,
        _ => ResetsOfOpenVpn.Contains(bytes[2]) ? Fit.Yes : Fit.No,
    };

    /// <summary>The stream of an XMPP client or server.</summary>
    public static Fit Xmpp(ReadOnlySpan<byte> bytes)
    {
        var start = StartsWithOne(bytes, StartsOfXmpp);
        return start != Fit.Yes ? start
            : bytes[..Math.Min(bytes.Length, MostSearched)].IndexOf("jabber:"u8) >= 0 ? Fit.Yes
            : bytes.Length < MostSearched ? Fit.More
            : Fit.No;
    }

    /// <summary>The greeting of a SOCKS5 client (RFC 1928, 3).</summary>
    public static Fit Socks5(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [not Version5, ..] or [_, 0, ..])
        {
            return Fit.No;
        }

        var methods = bytes.Length < 2 ? default : bytes[2..Math.Min(bytes.Length, 2 + bytes[1])];
        foreach (var method in methods)
        {
            if (method is > LastAssignedMethod and < FirstPrivateMethod)
            {
                return Fit.No;
            }
        }

        return bytes.Length >= 2 && methods.Length == bytes[1] ? Fit.Yes : Fit.More;
    }

    /// <summary>The connection request of an RDP client: TPKT (RFC 1006, 6) with an X.224 CR.</summary>
    public static Fit Rdp(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [not Version3, ..] or [_, not 0, ..] => Fit.No,
        { Length: >= 4 } when BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) < LeastOfRdp => Fit.No,
        [_, _, _, _, _, var code, ..] => (code & 0xF0) == ConnectionRequest ? Fit.Yes : Fit.No,
        _ => Fit.More,
    };

    /// <summary>The first message of a PostgreSQL client: protocol 3, or a request for encryption or a cancel.</summary>
    public static Fit Postgres(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [not 0, ..] or [_, not 0, ..])
        {
            return Fit.No;
        }

        if (bytes.Length >= sizeof(int) && BinaryPrimitives.ReadInt32BigEndian(bytes) is < 2 * sizeof(int) or > MostOfPostgres)
        {
            return Fit.No;
        }

        if (bytes.Length < 2 * sizeof(int))
        {
            return Fit.More;
        }

        var code = BinaryPrimitives.ReadInt32BigEndian(bytes[sizeof(int)..]);
        return code >> 16 == Version3 || RequestsOfPostgres.Contains(code) ? Fit.Yes : Fit.No;
    }

    /// <summary>Bytes that begin with some.</summary>
    public static Fit StartsWith(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> prefix) =>
        bytes.StartsWith(prefix) ? Fit.Yes : prefix.StartsWith(bytes) ? Fit.More : Fit.No;

    /// <summary>
    /// Bytes in whose first line a pattern is found, each byte as the character of its number. Whether more bytes would let it match is not
    /// known, so the end of the line decides, or as many bytes as a line may have.
    /// </summary>
    public static Fit Matches(ReadOnlySpan<byte> bytes, Regex pattern)
    {
        var searched = bytes[..Math.Min(bytes.Length, MostSearched)];
        var end = searched.IndexOf((byte)'\n') + 1;
        return pattern.IsMatch(Encoding.Latin1.GetString(end > 0 ? searched[..end] : searched)) ? Fit.Yes
            : searched.Length < MostSearched && end == 0 ? Fit.More
            : Fit.No;
    }

    private static Fit StartsWithOne(ReadOnlySpan<byte> bytes, byte[][] prefixes)
    {
        var most = Fit.No;
        foreach (var prefix in prefixes)
        {
            most = (Fit)Math.Max((int)most, (int)StartsWith(bytes, prefix));
        }

        return most;
    }
}
