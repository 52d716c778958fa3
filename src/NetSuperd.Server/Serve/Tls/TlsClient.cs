using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Serve.Tls;

/// <summary>Encrypts connections to the targets of a forward, in a worker, and checks their certificates.</summary>
/// <remarks>
/// No session is resumed: a resumed one would rest on a certificate that was judged by a map which a reload may have replaced.
/// </remarks>
internal sealed class TlsClient
{
    // Of what a certificate says, the log gets no more.
    private const int MostLetters = 200;

    private readonly TlsToPlan _plan;
    private readonly TimeProvider _time;
    private readonly X509Certificate2Collection _authorities;
    private readonly SslStreamCertificateContext? _own;

    /// <param name="plan">What is demanded of targets.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CryptographicException">A certificate or a key cannot be used.</exception>
    public TlsClient(TlsToPlan plan, TimeProvider time)
    {
        (_plan, _time) = (plan, time);
        _authorities = TlsTrust.Read(plan.CaText);
        _own = plan.Certificate is { } own ? TlsTrust.Own(own, trust: null) : null;
    }

    /// <summary>Does the handshake with a target.</summary>
    /// <param name="connection">The connection to it.</param>
    /// <param name="host">The name or address of the target in the map; null for a unix socket.</param>
    /// <param name="late">Ends the handshake.</param>
    /// <exception cref="TlsFailedException">It has failed, or the target is not what it should be.</exception>
    public async ValueTask<TlsConnection> ConnectAsync(StreamConnection connection, string? host, CancellationToken late)
    {
        var name = _plan.Name ?? host ?? "";
        string? refused = null;
        var carrier = new TlsCarrier(connection);
        var stream = new SslStream(carrier, leaveInnerStreamOpen: true);
        try
        {
            var options = OptionsFor(name, (_, certificate, chain, errors) =>
                (refused = _plan.Verify ? WhyRefused(name, certificate as X509Certificate2, chain, errors) : null) is null);
            await stream.AuthenticateAsClientAsync(options, late).ConfigureAwait(false);
            return new TlsConnection(connection, carrier, stream, SessionOf(stream, name));
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new TlsFailedException(refused ?? failure switch
            {
                OperationCanceledException => "its TLS handshake has lasted too long",
                AuthenticationException => $"the TLS handshake has failed: {TlsFailedException.Innermost(failure)}",
                _ => "it does not speak TLS, or ended the connection during the handshake",
            });
        }
    }

    private SslClientAuthenticationOptions OptionsFor(string name, RemoteCertificateValidationCallback verify) => new()
    {
        // The runtime asks for no name that is an address (RFC 6066), and verifies it all the same.
        TargetHost = name,
        ClientCertificateContext = _own,
        EnabledSslProtocols = _plan.Min == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = _plan.Alpn is [] ? null : [.. _plan.Alpn.Select(protocol => new SslApplicationProtocol(protocol))],
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateChainPolicy = TlsTrust.Policy(_authorities),
        RemoteCertificateValidationCallback = verify,
    };

    /// <summary>Why a certificate is not accepted; null: it is.</summary>
    private string? WhyRefused(string name, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (certificate is null)
        {
            return "it has no certificate";
        }

        var status = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, each) => all | each.Status);
        return status.HasFlag(X509ChainStatusFlags.NotTimeValid) ? $"its certificate {Validity(chain!)}"
            : (status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0
                ? $"its certificate is signed by '{Bounded(certificate.Issuer)}', which is no CA of {_plan.Ca ?? "this system"}"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"its certificate is for '{Bounded(NameOf(certificate))}' and not for '{name}'"
            : $"its certificate is not valid: {status}";
    }

    /// <summary>Since or until when a certificate of the chain is not valid.</summary>
    private string Validity(X509Chain chain)
    {
        var now = _time.GetUtcNow();
        var all = chain.ChainElements.Select(element => element.Certificate).ToList();
        var early = all.Find(each => now < each.NotBefore.ToUniversalTime());
        return TlsPlan.Remark(all.Min(each => each.NotAfter.ToUniversalTime()), now) is { } remark && early is null ? remark
            : $"is not valid before {early?.NotBefore.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
    }

    private static string NameOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(
            each => each.EnumerateDnsNames().Concat(each.EnumerateIPAddresses().Select(address => $"{address}")));
        return string.Join(", ", names) is { Length: > 0 } all ? all : certificate.Subject;
    }

    private static string Bounded(string text) => text.Length > MostLetters ? $"{text[..MostLetters]}..." : text;

    private static TlsSession SessionOf(SslStream stream, string name) => new(
        TlsServer.Word(stream.SslProtocol),
        stream.NegotiatedCipherSuite.ToString(),
        name,
        stream.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : stream.NegotiatedApplicationProtocol.ToString(),
        ClientSubject: null,
        ClientFingerprint: null);
}
