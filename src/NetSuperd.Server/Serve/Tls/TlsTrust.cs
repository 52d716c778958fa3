using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Serve.Tls;

/// <summary>Which certificates of peers are good, and the own one: the same for both sides of a handshake.</summary>
internal static class TlsTrust
{
    /// <summary>The certificates of a text (RFC 7468).</summary>
    public static X509Certificate2Collection Read(string text)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPem(text);
        return found;
    }

    /// <summary>How a certificate is judged. None is fetched from elsewhere, and nothing is asked about revocation.</summary>
    /// <param name="authorities">The CAs; none: those of the system.</param>
    public static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = authorities.Count > 0 ? X509ChainTrustMode.CustomRootTrust : X509ChainTrustMode.System,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>The own certificate, with those between it and the root.</summary>
    public static SslStreamCertificateContext Own(TlsCertificate certificate, SslCertificateTrust? trust) =>
        SslStreamCertificateContext.Create(
            X509Certificate2.CreateFromPem(certificate.Chain, certificate.Key), [.. Read(certificate.Chain).Skip(1)], offline: true, trust);
}
