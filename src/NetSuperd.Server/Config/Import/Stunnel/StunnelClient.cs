using System.Net;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>
/// The encryption towards the target of a service with <c>client = yes</c>: what the target has to show, and the own certificate.
/// </summary>
internal static class StunnelClient
{
    // The CAs of the system, which are the default here.
    private static readonly string[] OfSystem =
        ["/etc/ssl/certs", "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/tls/cert.pem"];

    private static readonly string[] Revocations = ["CRLfile", "CRLpath", "OCSP", "OCSPaia"];

    /// <summary>Sets it.</summary>
    public static void Set(StunnelService service)
    {
        var (section, target) = (service.Section, service.Target);
        target.Set(ForwardKeys.TlsTo, true, target.At);
        var (level, chain, peer) = (StunnelTls.LevelOf(service), service.IsYes("verifyChain"), service.IsYes("verifyPeer"));

        // A target always has a certificate, so verify = 1 is the same as 2.
        var asks = peer ? "verifyPeer" : chain ? "verifyChain" : level > 0 ? "verify" : null;
        if (asks is not null && section.One(asks) is { } demand)
        {
            SetVerification(service, demand, pinned: peer || level >= 3);
        }
        else
        {
            SetTrusting(service);
        }

        SetOwn(service);
        StunnelVersions.Set(service, ForwardKeys.TlsTo);
        if (section.One("TIMEOUTbusy") is { } busy)
        {
            service.Changed(busy.At, "TIMEOUTbusy is left out: connect_timeout is the time for a handshake with a target as well");
        }

        if (section.One("PSKsecrets") is { } secrets)
        {
            service.Fence(
                secrets.At,
                "stunnel and the target knew each other by a pre-shared key, and the daemon takes certificates alone: set ca and name in "
                + "tls_to, and remove enabled = false");
        }
    }

    private static void SetTrusting(StunnelService service)
    {
        var target = service.Target;
        target.Set(ForwardKeys.TlsTo, TlsToKind.Verify, false, target.At);
        StunnelTls.SayUnused(service, "took every certificate");
        service.Kept(
            target.At,
            $"the target of '{target.Name}' may have any certificate, as stunnel verified none: without verify = false only one that is "
            + "for its name and signed by a CA");
        if (service.Section.One("sni") is { Text.Length: > 0 } name)
        {
            SetName(service, name);
        }
    }

    private static void SetVerification(StunnelService service, Word demand, bool pinned)
    {
        var section = service.Section;
        SetAuthorities(service, demand);
        if (pinned)
        {
            service.Fence(
                demand.At,
                "stunnel took only the certificates that are in CAfile or CApath, and the daemon takes those as well that one of them has "
                + "signed: if all of these are meant, remove enabled = false");
        }

        foreach (var name in Revocations)
        {
            if (section.One(name) is { Text: not "no" } revocation)
            {
                service.Fence(
                    revocation.At,
                    $"with {name} stunnel refused revoked certificates, and the daemon does not ask whether one is revoked: if that is not "
                    + "needed, remove enabled = false");
            }
        }

        SetNames(service, demand);
    }

    private static void SetAuthorities(StunnelService service, Word demand)
    {
        var section = service.Section;
        var (file, folder, device) = (section.One("CAfile"), section.One("CApath"), section.One("CAengine"));
        if ((file ?? folder ?? device) is not { } first)
        {
            service.Break(demand.At, "certificates are verified, and there is no CAfile and no CApath");
        }
        else if (first != file && !IsOfSystem(first))
        {
            service.Fence(
                first.At,
                "the CAs of the target are not in one file: write them into one, for example by cat DIRECTORY/*.pem, name it as ca in "
                + "tls_to, and remove enabled = false");
        }
        else
        {
            if (!IsOfSystem(first))
            {
                service.Target.Set(ForwardKeys.TlsTo, TlsToKind.Ca, service.FileOf(first), first.At);
            }

            foreach (var other in ((Word?[])[folder, device]).OfType<Word>()
                .Where(word => word != first && !(IsOfSystem(word) && IsOfSystem(first))))
            {
                service.Changed(other.At, $"the CAs in '{other.Text}' no longer count, those in '{first.Text}' alone do");
            }
        }
    }

    private static bool IsOfSystem(Word word) => OfSystem.Contains(word.Text.TrimEnd('/'));

    // One name of stunnel's was enough; tls_to has one, which the target is asked for as well.
    private static void SetNames(StunnelService service, Word demand)
    {
        var section = service.Section;
        var (names, mail) = ((Word[])[.. section.All("checkHost"), .. section.All("checkIP")], section.One("checkEmail"));
        var (sni, host) = (section.One("sni"), HostOf(section.All("connect")[0].Text));
        foreach (var other in names.Skip(1).Concat(names.Length > 0 && mail is not null ? [mail] : []))
        {
            service.Changed(other.At, $"a certificate for '{other.Text}' is no longer enough, since tls_to has one name");
        }

        if (names is [var name, ..])
        {
            if (SetName(service, name) && !IPAddress.TryParse(name.Text, out _) && name.Text != (sni?.Text ?? host))
            {
                service.Changed(name.At, $"the target is asked for '{name.Text}' by SNI as well, since tls_to has one name");
            }

            return;
        }

        if (sni is { Text.Length: > 0 })
        {
            SetName(service, sni);
        }

        if (mail is not null)
        {
            service.Fence(
                mail.At,
                "stunnel asked for a mail address in the certificate of the target, and the daemon asks for the name of the host: if "
                + "that is enough, remove enabled = false");
        }
        else
        {
            service.Changed(
                demand.At,
                "stunnel took every certificate that the CAs had signed, and now it has to be for "
                + $"'{(sni is { Text.Length: > 0 } ? sni.Text : host)}', or for name in tls_to");
        }
    }

    private static bool SetName(StunnelService service, Word name)
    {
        if (TlsToKind.IsName(name.Text))
        {
            service.Target.Set(ForwardKeys.TlsTo, TlsToKind.Name, name.Text, name.At);
            return true;
        }

        service.Fence(
            name.At,
            $"'{name.Text}' is no name of a host: write that in the certificate of the target as name in tls_to, and remove "
            + "enabled = false");
        return false;
    }

    private static string HostOf(string connect)
    {
        var colon = connect.LastIndexOf(':');
        return connect.StartsWith('/') ? connect : colon < 0 ? "localhost" : connect[..colon];
    }

    private static void SetOwn(StunnelService service)
    {
        var (section, target) = (service.Section, service.Target);
        var (certificate, key, device) = (section.One("cert"), section.One("key"), section.One("engineId") ?? section.One("engineNum"));
        if (certificate is null)
        {
            return;
        }

        if (device is not null || StunnelTls.IsOfDevice(certificate) || StunnelTls.IsOfDevice(key))
        {
            service.Fence(
                certificate.At,
                "the certificate that the target gets is in a cryptographic device, and the daemon takes files: set certificate and key in "
                + "tls_to, and remove enabled = false");
            return;
        }

        StunnelTls.SetFiles(service, ForwardKeys.TlsTo, certificate, key);
    }
}
