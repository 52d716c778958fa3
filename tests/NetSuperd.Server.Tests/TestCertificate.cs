using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NetSuperd;

/// <summary>Certificates for tests, with keys of their own.</summary>
internal static class TestCertificate
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1", ForClients = "1.3.6.1.5.5.7.3.2";

    /// <summary>A certificate that signs itself.</summary>
    /// <param name="name">Its subject, and the host that it is for.</param>
    /// <param name="days">How long it is valid.</param>
    /// <param name="isAuthority">Whether it signs others.</param>
    public static X509Certificate2 Create(string name, int days = 60, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestFor(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(days));
    }

    /// <summary>A certificate with a key of RSA that signs itself.</summary>
    public static X509Certificate2 Create(string name, RSA key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(NamesOf(name));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(60));
    }

    /// <summary>A certificate of a client.</summary>
    public static X509Certificate2 OfClient(string name, X509Certificate2 authority) =>
        Signed(name, authority, ForClients, TimeSpan.FromDays(7));

    /// <summary>A certificate of a server.</summary>
    /// <param name="name">The name or address of its host.</param>
    /// <param name="authority">Signs it.</param>
    /// <param name="left">How long it is still valid; less than nothing: it has expired.</param>
    public static X509Certificate2 OfServer(string name, X509Certificate2 authority, TimeSpan? left = null) =>
        Signed(name, authority, ForServers, left ?? TimeSpan.FromDays(30));

    /// <summary>Writes <c>NAME.pem</c> and <c>NAME.key</c>, which only the owner may read.</summary>
    public static void Write(string folder, string name, X509Certificate2 certificate)
    {
        var key = Path.Combine(folder, $"{name}.key");
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), certificate.ExportCertificatePem());
        AsymmetricAlgorithm own = certificate.GetECDsaPrivateKey() is { } elliptic ? elliptic : certificate.GetRSAPrivateKey()!;
        File.WriteAllText(key, own.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static X509Certificate2 Signed(string name, X509Certificate2 authority, string use, TimeSpan left)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestFor(name, key);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        var now = DateTimeOffset.UtcNow;
        using var signed = request.Create(authority, now.AddHours(-12), now + left, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest RequestFor(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(NamesOf(name));
        return request;
    }

    private static X509Extension NamesOf(string name)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        return names.Build();
    }
}
