using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>A service with <c>client = yes</c>: its clients are not encrypted, and its target is.</summary>
internal static class StunnelClient
{
    private const string CertificatesOfTheSystem = "/etc/ssl/certs";

    /// <summary>Reports the service, with what the map would have for it.</summary>
    public static void Report(StunnelService service)
    {
        var section = service.Section;
        var targets = section.All("connect").Select(word => TomlWriter.Text(StunnelServer.TargetOf(word.Text))).ToList();
        var forward = targets is [var only] ? only : TomlWriter.Array(targets);
        service.Lost(
            section.One("client")!.At,
            $"'{service.Target.Name}' is left out: its target is encrypted, and this daemon encrypts towards clients alone; it would be "
            + $"{ForwardKeys.Forward.Name} = {forward}, tls_to = {TomlWriter.Table(Members(service))}");
    }

    private static IEnumerable<(string, string)> Members(StunnelService service)
    {
        var section = service.Section;
        if ((section.One("checkHost") ?? section.One("checkIP") ?? section.One("sni")) is { Text.Length: > 0 } name)
        {
            yield return ("name", TomlWriter.Text(name.Text));
        }

        if (!service.IsYes("verifyChain") && !service.IsYes("verifyPeer") && section.One("verify") is not { Text: "2" or "3" or "4" })
        {
            yield return ("verify", "false");
        }
        else if ((section.One("CAfile") ?? section.One("CApath")) is { } authorities && authorities.Text != CertificatesOfTheSystem)
        {
            yield return ("ca", TomlWriter.Text(authorities.Text));
        }

        if (section.One("cert") is { } certificate)
        {
            yield return ("certificate", TomlWriter.Text(certificate.Text));
        }

        if (section.One("key") is { } key)
        {
            yield return ("key", TomlWriter.Text(key.Text));
        }
    }
}
