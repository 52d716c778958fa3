using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NetSuperd.Server.Proxy;

/// <summary>The values behind the addresses of version 2: those of a client of this side, and those that another proxy has sent.</summary>
internal static class ProxyValues
{
    /// <summary>The bytes before each: its type and its length.</summary>
    public const int BytesBefore = 1 + sizeof(ushort);

    private const byte OverTls = 0x01, CertificateOnConnection = 0x02, CertificateInSession = 0x04;

    private const string CommonName = "2.5.4.3";

    /// <summary>The values for a target.</summary>
    /// <param name="id">What tells the connection from every other.</param>
    /// <param name="tls">What was agreed with the client; null: it is not encrypted.</param>
    /// <param name="before">The values of the header with which the client came. Those that this side knows better are left out.</param>
    public static IReadOnlyList<(ProxyValue Type, byte[] Bytes)> For(string id, TlsSession? tls, ReadOnlySpan<byte> before)
    {
        var own = tls is null ? [] : Of(tls);
        var passedOn = Read(before).Where(value => !own.Exists(known => known.Type == value.Type)).ToList();
        if (!passedOn.Exists(value => value.Type == ProxyValue.UniqueId))
        {
            passedOn.Add((ProxyValue.UniqueId, Encoding.ASCII.GetBytes(id)));
        }

        return [.. own, .. passedOn];
    }

    /// <summary>The values of a header that a target gets too: none that is about the header or the host of the other proxy.</summary>
    public static byte[] PassedOn(ReadOnlySpan<byte> values)
    {
        using var kept = new MemoryStream(values.Length);
        foreach (var (type, bytes) in Read(values))
        {
            if (type is not (ProxyValue.Checksum or ProxyValue.Padding or ProxyValue.NetworkNamespace))
            {
                Write(kept, type, bytes);
            }
        }

        return kept.ToArray();
    }

    /// <summary>Writes a value.</summary>
    public static void Write(MemoryStream header, ProxyValue type, ReadOnlySpan<byte> bytes)
    {
        Span<byte> before = stackalloc byte[BytesBefore];
        before[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(before[1..], (ushort)bytes.Length);
        header.Write(before);
        header.Write(bytes);
    }

    /// <summary>Values that are well-formed.</summary>
    private static List<(ProxyValue Type, byte[] Bytes)> Read(ReadOnlySpan<byte> values)
    {
        var read = new List<(ProxyValue, byte[])>();
        while (values.Length >= BytesBefore)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(values[1..]);
            read.Add(((ProxyValue)values[0], values.Slice(BytesBefore, length).ToArray()));
            values = values[(BytesBefore + length)..];
        }

        return read;
    }

    private static List<(ProxyValue Type, byte[] Bytes)> Of(TlsSession tls)
    {
        var values = new List<(ProxyValue, byte[])>();
        if (tls.ApplicationProtocol is { } protocol)
        {
            values.Add((ProxyValue.Alpn, Encoding.ASCII.GetBytes(protocol)));
        }

        if (tls.ServerName is { } name)
        {
            values.Add((ProxyValue.Authority, Encoding.UTF8.GetBytes(name)));
        }

        values.Add((ProxyValue.Tls, Session(tls)));
        return values;
    }

    /// <summary>PP2_TYPE_SSL: flags, whether the client's certificate was verified (0: it was), and values in it.</summary>
    private static byte[] Session(TlsSession tls)
    {
        using var session = new MemoryStream();
        var hasCertificate = tls.ClientFingerprint is not null;
        session.WriteByte((byte)(OverTls | (hasCertificate ? CertificateOnConnection | CertificateInSession : 0)));
        session.Write([0, 0, 0, (byte)(hasCertificate ? 0 : 1)]);
        Write(session, ProxyValue.TlsVersion, Encoding.ASCII.GetBytes(tls.Protocol));
        Write(session, ProxyValue.TlsCipher, Encoding.ASCII.GetBytes(tls.Cipher));
        if (tls.ClientSubject is { } subject && CommonNameOf(subject) is { } name)
        {
            Write(session, ProxyValue.TlsCommonName, Encoding.UTF8.GetBytes(name));
        }

        return session.ToArray();
    }

    private static string? CommonNameOf(string subject) => new X500DistinguishedName(subject).EnumerateRelativeDistinguishedNames()
        .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
        .Select(part => part.GetSingleElementValue()).FirstOrDefault();
}
