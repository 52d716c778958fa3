using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Serve.Tls;

/// <summary>Accepts clients by TLS, in a worker: no other process parses their bytes, and the daemon gives it the keys.</summary>
/// <remarks>
/// It is OpenSSL below <see cref="SslStream"/>. What a handshake may not do: send data before its end (0-RTT, which the runtime has not),
/// or be done again (renegotiation). No certificate is fetched from elsewhere, and nothing is asked about revocation.
/// </remarks>
internal sealed class TlsServer
{
    // Of what a client has chosen, more is not kept. The registry of host names has 253 letters at most.
    private const int MostLetters = 2048;

    private static readonly IdnMapping Names = new();

    private readonly TlsPlan _plan;
    private readonly TimeProvider _time;
    private readonly (IReadOnlyList<string> Names, SslServerAuthenticationOptions Options)[] _certificates;

    /// <param name="plan">The certificates, and what is demanded of clients.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CryptographicException">A certificate or a key cannot be used.</exception>
    public TlsServer(TlsPlan plan, TimeProvider time)
    {
        _plan = plan;
        _time = time;
        var authorities = TlsTrust.Read(plan.ClientCaText);
        _certificates = [.. plan.Certificates.Select(each => ((IReadOnlyList<string>)each.Names, OptionsOf(each, authorities)))];
    }

    /// <summary>Does the handshake with a client. A stop does not cut it short: its request is on its way then.</summary>
    /// <exception cref="TlsFailedException">It has failed, or has lasted too long.</exception>
    /// <exception cref="ConnectionClosedException">The client has reset the connection.</exception>
    public async ValueTask<TlsConnection> AcceptAsync(StreamConnection connection)
    {
        using var late = new CancellationTokenSource(_plan.HandshakeTimeout, _time);
        var carrier = new TlsCarrier(connection);
        var stream = new SslStream(carrier, leaveInnerStreamOpen: true);
        var hasHello = false;
        try
        {
            await stream.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    hasHello = true;
                    return ValueTask.FromResult(OptionsFor(hello.ServerName));
                },
                null,
                late.Token).ConfigureAwait(false);
            return new TlsConnection(connection, carrier, stream, SessionOf(stream));
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (ReasonOf(failure, hasHello) is { } reason)
            {
                throw new TlsFailedException(reason);
            }

            throw;
        }
    }

    private string? ReasonOf(Exception failure, bool hasHello) => failure switch
    {
        OperationCanceledException => $"the handshake was not complete within {_plan.HandshakeTimeout.TotalSeconds:0.###} s",
        ConnectionClosedException => null,

        // The runtime asks for a certificate once the hello has come, and misses it where another message has come first.
        NotSupportedException when hasHello => null,
        IOException or NotSupportedException => "the client does not speak TLS, or ended the connection during the handshake",
        AuthenticationException { InnerException: null } when _plan.ClientCa is not null =>
            "the client has no certificate that a CA of 'client_ca' has signed and that is valid now, or does not speak TLS",
        AuthenticationException => TlsFailedException.Innermost(failure),
        _ => null,
    };

    private SslServerAuthenticationOptions OptionsFor(string asked)
    {
        var name = Ascii(asked).ToLowerInvariant();
        foreach (var (names, options) in _certificates)
        {
            if (name.Length > 0 && TlsCertificate.IsFor(names, name))
            {
                return options;
            }
        }

        return _certificates[0].Options;
    }

    private SslServerAuthenticationOptions OptionsOf(TlsCertificate certificate, X509Certificate2Collection authorities)
    {
        var asks = authorities.Count > 0;
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = TlsTrust.Own(
                certificate, asks ? SslCertificateTrust.CreateForX509Collection(authorities, sendTrustInHandshake: true) : null),
            EnabledSslProtocols = _plan.Min == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = _plan.Alpn is [] ? null : [.. _plan.Alpn.Select(name => new SslApplicationProtocol(name))],
            AllowRenegotiation = false,

            // A resumed session has the client's certificate without those between it and the CA, and would be refused.
            AllowTlsResume = !asks,
            ClientCertificateRequired = asks,
        };
        if (asks)
        {
            options.CertificateChainPolicy = TlsTrust.Policy(authorities);
            options.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateNotAvailable && !_plan.RequireClient);
        }

        return options;
    }

    private static string? Bounded(string? text) => text is { Length: > 0 and <= MostLetters } && !text.Any(char.IsControl) ? text : null;

    /// <summary>A name as the client has sent it and as certificates have it: the runtime has decoded it (RFC 5891).</summary>
    private static string Ascii(string name)
    {
        try
        {
            return name.Length == 0 ? name : Names.GetAscii(name);
        }
        catch (ArgumentException)
        {
            return name;
        }
    }

    /// <summary>The word of a version in <see cref="TlsSession.Protocol"/>.</summary>
    public static string Word(SslProtocols protocol) => protocol == SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2";

    private static TlsSession SessionOf(SslStream stream)
    {
        var client = stream.RemoteCertificate as X509Certificate2;
        return new TlsSession(
            Word(stream.SslProtocol),
            stream.NegotiatedCipherSuite.ToString(),
            Bounded(Ascii(stream.TargetHostName)),
            stream.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : Bounded(stream.NegotiatedApplicationProtocol.ToString()),
            Bounded(client?.Subject),
            client is null ? null : Convert.ToHexStringLower(SHA256.HashData(client.RawDataMemory.Span)))
        {
            ClientIssuer = Bounded(client?.Issuer),
            ClientSerial = client?.SerialNumber,
        };
    }
}
