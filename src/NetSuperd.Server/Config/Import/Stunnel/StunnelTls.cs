using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>The encryption towards the clients of a service: its certificate, what clients have to show, and the versions.</summary>
internal static class StunnelTls
{
    private const string Newest = "TLSv1.3";
    private const string Usual = "TLSv1.2";

    // What must come of a client's certificate beside its chain, or where it is asked whether one is valid.
    private static readonly string[] Checks =
        ["checkHost", "checkIP", "checkEmail", "CRLfile", "CRLpath", "OCSP", "OCSPaia", "CAengine", "CApath"];

    private static readonly string[] Versions = ["all", "SSLv2", "SSLv3", "TLSv1", "TLSv1.1", Usual, Newest];

    /// <summary>Sets it.</summary>
    /// <returns>Whether the map can have it.</returns>
    public static bool Set(StunnelService service)
    {
        var (section, target) = (service.Section, service.Target);
        var (certificate, key, device) = (section.One("cert"), section.One("key"), section.One("engineId") ?? section.One("engineNum"));
        if (certificate is null || device is not null || IsOfDevice(certificate) || IsOfDevice(key))
        {
            service.Lost(
                (device ?? key ?? certificate)?.At ?? target.At,
                $"'{target.Name}' is left out, since it has no certificate and key in files: the daemon takes neither pre-shared keys nor "
                + "those of a cryptographic device");
            return false;
        }

        target.Set(ServiceKeys.Tls, TlsKind.Certificate, service.FileOf(certificate), certificate.At);
        if (key is not null && key.Text != certificate.Text)
        {
            target.Set(ServiceKeys.Tls, TlsKind.Key, service.FileOf(key), key.At);
        }

        SetClients(service);
        SetVersions(service);
        if (service.Seconds("TIMEOUTbusy", most: 300) is { } busy)
        {
            target.Set(ServiceKeys.Tls, TlsKind.HandshakeTimeout, busy.Text, busy.At);
            service.Changed(busy.At, "TIMEOUTbusy is the time for a handshake alone; idle_timeout is for the rest of a connection");
        }

        if (section.One("PSKsecrets") is { } secrets)
        {
            service.Fence(
                secrets.At,
                "stunnel let in only clients with a pre-shared key, and the daemon lets in all of them: give them certificates, set "
                + "client_ca and require_client in tls, and remove enabled = false");
        }

        return true;
    }

    private static bool IsOfDevice(Word? file) => file?.Text.StartsWith("pkcs11:", StringComparison.OrdinalIgnoreCase) == true;

    private static void SetClients(StunnelService service)
    {
        var (section, target) = (service.Section, service.Target);
        var level = section.One("verify") is { } verify ? LevelOf(service, verify) : 0;
        var (chain, peer) = (service.IsYes("verifyChain"), service.IsYes("verifyPeer"));
        var requires = service.IsYes("requireCert") || chain || peer || level >= 2;
        var authorities = section.One("CAfile");
        if (!chain && !peer && level == 0)
        {
            SayUnused(service);
            return;
        }

        if (authorities is null)
        {
            service.Fence(
                (section.One("CApath") ?? section.One("verify") ?? section.One("verifyChain") ?? section.One("verifyPeer"))!.At,
                "clients have to show a certificate, and their CAs are not in one file: write them into one, for example by cat "
                + "DIRECTORY/*.pem, name it as client_ca in tls, and remove enabled = false");
            return;
        }

        target.Set(ServiceKeys.Tls, TlsKind.ClientCa, service.FileOf(authorities), authorities.At);
        if (requires)
        {
            target.Set(ServiceKeys.Tls, TlsKind.RequireClient, true, authorities.At);
        }

        if (peer || level >= 3)
        {
            service.Fence(
                (section.One("verifyPeer") ?? section.One("verify"))!.At,
                $"stunnel let in only the certificates that are in {authorities.Text}, and client_ca lets in those as well that one of "
                + "them has signed: if all of these are meant, remove enabled = false");
        }

        FenceChecks(service);
        service.Changed(
            authorities.At, "a program finds the names in the certificate of its client in SSL_CLIENT_S_DN and SSL_CLIENT_I_DN, and not in "
                + "SSL_CLIENT_DN");
    }

    private static void FenceChecks(StunnelService service)
    {
        foreach (var check in Checks.Select(service.Section.One).OfType<Word>().Where(check => check.Text != "no"))
        {
            service.Fence(
                check.At,
                $"'{check.Text}' restricts the certificates of clients, and the daemon asks only for one that client_ca has signed: let "
                + "the program judge SSL_CLIENT_S_DN, and remove enabled = false");
        }
    }

    private static void SayUnused(StunnelService service)
    {
        string[] names = ["verify", "verifyChain", "verifyPeer", "requireCert", "CAfile", .. Checks];
        foreach (var word in names.Select(service.Section.One).OfType<Word>().Where(word => word.Text is not ("no" or "0")))
        {
            service.Changed(word.At, $"'{word.Text}' is left out: without verifyChain or verifyPeer stunnel let in every client, as here");
        }
    }

    private static int LevelOf(StunnelService service, Word verify)
    {
        if (int.TryParse(verify.Text, System.Globalization.NumberStyles.None, null, out var level) && level <= 4)
        {
            return level;
        }

        service.Break(verify.At, $"'{verify.Text}' is no level of verify");
        return 0;
    }

    private static void SetVersions(StunnelService service)
    {
        var section = service.Section;
        var exact = section.One("sslVersion");
        var (least, most) = (section.One("sslVersionMin") ?? exact, section.One("sslVersionMax") ?? exact);
        foreach (var word in ((Word?[])[exact, least, most]).OfType<Word>().Distinct()
            .Where(word => !Versions.Contains(word.Text, StringComparer.OrdinalIgnoreCase)))
        {
            service.Break(word.At, $"'{word.Text}' is no version of TLS{Suggestion.For(word.Text, Versions)}");
        }

        if (least is not null && Is(least, Newest))
        {
            service.Target.Set(ServiceKeys.Tls, TlsKind.Min, "1.3", least.At);
        }
        else if (least is not null && !Is(least, Usual))
        {
            service.Changed(least.At, "TLS 1.2 is the oldest version here: older ones are broken (RFC 8996)");
        }

        if (most is not null && !Is(most, Newest) && !Is(most, "all"))
        {
            service.Lost(most.At, $"clients are served by TLS 1.3 as well, where {most.Text} was the newest version");
        }

        foreach (var option in section.All("options"))
        {
            SetOption(service, option);
        }
    }

    private static void SetOption(StunnelService service, Word option)
    {
        switch (option.Text.ToUpperInvariant())
        {
            case "NO_SSLV2" or "NO_SSLV3" or "NO_TLSV1" or "NO_TLSV1.1" or "NO_TLSV1_1" or "NO_COMPRESSION" or "NO_RENEGOTIATION":
                service.Kept(option.At, $"{option.Text} holds for every service");
                break;
            case "NO_TLSV1.2" or "NO_TLSV1_2":
                service.Target.Set(ServiceKeys.Tls, TlsKind.Min, "1.3", option.At);
                break;
            case "NO_TLSV1.3" or "NO_TLSV1_3":
                service.Lost(option.At, "clients are served by TLS 1.3 as well");
                break;
            default:
                service.Changed(option.At, $"'{option.Text}' is left out: the options of OpenSSL are those of the daemon");
                break;
        }
    }

    private static bool Is(Word word, string text) => word.Text.Equals(text, StringComparison.OrdinalIgnoreCase);
}
