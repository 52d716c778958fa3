using System.Net;

namespace NetSuperd.Server.Proxy;

/// <summary>
/// What a PROXY header says of a connection, in version 1 or 2 (https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt).
/// </summary>
/// <param name="Client">The client's end; null: the header names none, and the connection's own ends hold.</param>
/// <param name="Local">The end that the client connected to; null where there is no client.</param>
internal sealed record ProxyHeader(IPEndPoint? Client, IPEndPoint? Local)
{
    /// <summary>The values behind the addresses that a target gets too (<see cref="ProxyValues"/>).</summary>
    public ReadOnlyMemory<byte> Values { get; init; }

    /// <summary>The longest line of version 1, with its CR and LF.</summary>
    public const int MostBytesOfVersion1 = 107;

    /// <summary>The bytes of version 2 before the addresses: signature, version and command, family, length.</summary>
    public const int FirstBytesOfVersion2 = 16;

    /// <summary>The longest header that is read: the addresses and values of version 2 have at most 2 KiB.</summary>
    public const int MostBytes = FirstBytesOfVersion2 + 2048;

    /// <summary>The longest unique id (PP2_TYPE_UNIQUE_ID).</summary>
    public const int MostBytesOfUniqueId = 128;

    /// <summary>A header that names no client: LOCAL, UNKNOWN, or a family that has no addresses of IP.</summary>
    public static readonly ProxyHeader Unnamed = new(null, null);

    /// <summary>What version 1 begins with.</summary>
    internal static ReadOnlySpan<byte> Start => "PROXY "u8;

    /// <summary>What version 2 begins with, which no other protocol does.</summary>
    internal static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;
}

/// <summary>The values behind the addresses of version 2 (section 2.2 of the specification).</summary>
internal enum ProxyValue : byte
{
    /// <summary>PP2_TYPE_ALPN: the protocol that TLS has chosen.</summary>
    Alpn = 0x01,

    /// <summary>PP2_TYPE_AUTHORITY: the host name that the client asked for, with TLS its SNI.</summary>
    Authority = 0x02,

    /// <summary>PP2_TYPE_CRC32C: the checksum of the header.</summary>
    Checksum = 0x03,

    /// <summary>PP2_TYPE_NOOP: bytes that mean nothing.</summary>
    Padding = 0x04,

    /// <summary>PP2_TYPE_UNIQUE_ID: what tells the connection from every other.</summary>
    UniqueId = 0x05,

    /// <summary>PP2_TYPE_SSL: what was agreed on in the handshake with the client.</summary>
    Tls = 0x20,

    /// <summary>PP2_SUBTYPE_SSL_VERSION, in <see cref="Tls"/>: the version.</summary>
    TlsVersion = 0x21,

    /// <summary>PP2_SUBTYPE_SSL_CN, likewise: the common name in the client's certificate.</summary>
    TlsCommonName = 0x22,

    /// <summary>PP2_SUBTYPE_SSL_CIPHER, likewise: the cipher suite.</summary>
    TlsCipher = 0x23,

    /// <summary>PP2_TYPE_NETNS: the name of the network namespace of the proxy.</summary>
    NetworkNamespace = 0x30,
}
