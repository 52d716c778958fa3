using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>The encryption towards the clients of a service: its certificate, what clients have to show, and the versions.</summary>
internal static class StunnelTls
{
    // What must come of a client's certificate beside its chain, or where it is asked whether one is valid.
    private static readonly string[] Checks =
        ["checkHost", "checkIP", "checkEmail", "CRLfile", "CRLpath", "OCSP", "OCSPaia", "CAengine", "CApath"];

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

        SetFiles(service, ServiceKeys.Tls, certificate, key);
        SetClients(service);
        StunnelVersions.Set(service, ServiceKeys.Tls);
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

    /// <summary>Sets the files of a certificate and its key.</summary>
    /// <param name="service">The service.</param>
    /// <param name="table">The key whose table has them.</param>
    /// <param name="certificate">The file of the certificate.</param>
    /// <param name="key">The file of the key; null: the same file.</param>
    public static void SetFiles(StunnelService service, Key<Service> table, Word certificate, Word? key)
    {
        service.Target.Set(table, TlsKind.Certificate, service.FileOf(certificate), certificate.At);
        if (key is not null && key.Text != certificate.Text)
        {
            service.Target.Set(table, TlsKind.Key, service.FileOf(key), key.At);
        }
    }

    /// <summary>Whether a certificate or a key is in a cryptographic device.</summary>
    public static bool IsOfDevice(Word? file) => file?.Text.StartsWith("pkcs11:", StringComparison.OrdinalIgnoreCase) == true;

    private static void SetClients(StunnelService service)
    {
        var (section, target) = (service.Section, service.Target);
        var level = LevelOf(service);
        var (chain, peer) = (service.IsYes("verifyChain"), service.IsYes("verifyPeer"));
        var requires = service.IsYes("requireCert") || chain || peer || level >= 2;
        var authorities = section.One("CAfile");
        if (!chain && !peer && level == 0)
        {
            SayUnused(service, "let in every client");
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

    /// <summary>Reports the options that have no effect without verification.</summary>
    /// <param name="service">The service.</param>
    /// <param name="did">What stunnel did.</param>
    public static void SayUnused(StunnelService service, string did)
    {
        string[] names = ["verify", "verifyChain", "verifyPeer", "requireCert", "CAfile", .. Checks];
        foreach (var word in names.Select(service.Section.One).OfType<Word>().Where(word => word.Text is not ("no" or "0")))
        {
            service.Changed(word.At, $"'{word.Text}' is left out: without verifyChain or verifyPeer stunnel {did}, as here");
        }
    }

    /// <summary>The level of <c>verify</c>, which older versions had; 0: no certificate is verified.</summary>
    public static int LevelOf(StunnelService service)
    {
        if (service.Section.One("verify") is not { } verify)
        {
            return 0;
        }

        if (int.TryParse(verify.Text, System.Globalization.NumberStyles.None, null, out var level) && level <= 4)
        {
            return level;
        }

        service.Break(verify.At, $"'{verify.Text}' is no level of verify");
        return 0;
    }
}
