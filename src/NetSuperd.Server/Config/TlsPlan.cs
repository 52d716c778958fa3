using System.Collections.Immutable;
using System.Globalization;

namespace NetSuperd.Server.Config;

/// <summary>How the connections of a service are encrypted.</summary>
public sealed record TlsPlan
{
    /// <summary>The longest handshake by default.</summary>
    public static readonly TimeSpan DefaultHandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The certificates. The first one is for clients that ask for no name, or for one that no certificate has.</summary>
    public ImmutableArray<TlsCertificate> Certificates { get; init; } = [];

    /// <summary>The file with the CAs whose certificates clients may have; null: clients are not asked for one.</summary>
    public string? ClientCa { get; init; }

    /// <summary>The certificates in that file (RFC 7468); empty before it is read.</summary>
    public string ClientCaText { get; init; } = "";

    /// <summary>Whether a client without a certificate is turned away.</summary>
    public bool RequireClient { get; init; }

    /// <summary>The lowest version of the protocol.</summary>
    public TlsVersion Min { get; init; } = TlsVersion.Tls12;

    /// <summary>The application protocols in the order of preference (RFC 7301); none: the extension is not answered.</summary>
    public ImmutableArray<string> Alpn { get; init; } = [];

    /// <summary>How long a handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = DefaultHandshakeTimeout;

    // A certificate of 90 days is renewed 30 days before its end as a rule; then something is wrong by now.
    private static readonly TimeSpan WarnsBefore = TimeSpan.FromDays(14);

    /// <summary>When the first certificate expires; null: none has been read.</summary>
    public DateTimeOffset? Expires => Certificates.Min(certificate => certificate.Expires);

    /// <summary>That a certificate expires soon or has expired, in words; null: it does not.</summary>
    internal static string? Remark(DateTimeOffset expires, DateTimeOffset now)
    {
        var day = expires.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return expires <= now ? $"expired on {day}"
            : expires - now < WarnsBefore ? $"expires on {day}"
            : null;
    }
}

/// <summary>A certificate of a service, with its chain and its key.</summary>
/// <param name="File">The file with the certificate, and those between it and the root (RFC 7468).</param>
/// <param name="KeyFile">The file with the private key; null: the file with the certificate has it.</param>
public sealed record TlsCertificate(string File, string? KeyFile)
{
    /// <summary>The text of the certificates; empty before they are read.</summary>
    public string Chain { get; init; } = "";

    /// <summary>The text of the private key; empty before it is read.</summary>
    public string Key { get; init; } = "";

    /// <summary>The names that it is for, in lower case: of a host, or with <c>*.</c> for all hosts of a domain (RFC 9525).</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>When it expires; null before it is read.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether it is for a name that a client asks for, exactly or by a <c>*</c> in place of the first label.</summary>
    public static bool IsFor(IEnumerable<string> names, string asked)
    {
        var domain = asked.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? $"*{asked[dot..]}" : null;
        return names.Any(name => name == asked || name == domain);
    }
}

/// <summary>A version of TLS.</summary>
public enum TlsVersion
{
    /// <summary>TLS 1.2 (RFC 5246).</summary>
    Tls12,

    /// <summary>TLS 1.3 (RFC 8446).</summary>
    Tls13,
}
