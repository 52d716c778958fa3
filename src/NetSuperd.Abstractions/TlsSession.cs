namespace NetSuperd;

/// <summary>What was agreed in the TLS handshake of a connection (RFC 8446, RFC 5246). The client has chosen the texts.</summary>
/// <param name="Protocol">The version: <c>TLSv1.2</c> or <c>TLSv1.3</c>.</param>
/// <param name="Cipher">The cipher suite by its name in the registry of IANA, such as <c>TLS_AES_256_GCM_SHA384</c>.</param>
/// <param name="ServerName">The name that the client asked for (server name indication, RFC 6066); null: it asked for none.</param>
/// <param name="ApplicationProtocol">The protocol that was agreed on (ALPN, RFC 7301), such as <c>h2</c>; null: none.</param>
/// <param name="ClientSubject">
/// The subject of the client's certificate, which a CA of <c>client_ca</c> has signed, such as <c>CN=alice, O="Example, Ltd"</c>; null: it
/// has sent none.
/// </param>
/// <param name="ClientFingerprint">SHA-256 of the client's certificate, 64 lower-case hexadecimal digits; null: it has sent none.</param>
public sealed record TlsSession(
    string Protocol, string Cipher, string? ServerName, string? ApplicationProtocol, string? ClientSubject, string? ClientFingerprint)
{
    /// <summary>The issuer of the client's certificate, written as the subject is; null: it has sent none.</summary>
    public string? ClientIssuer { get; init; }

    /// <summary>The serial number of the client's certificate, in upper-case hexadecimal digits; null: it has sent none.</summary>
    public string? ClientSerial { get; init; }
}
