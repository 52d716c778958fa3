using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>The versions of TLS, towards clients or the target.</summary>
internal static class StunnelVersions
{
    private const string Newest = "TLSv1.3";
    private const string Usual = "TLSv1.2";

    private static readonly string[] Versions = ["all", "SSLv2", "SSLv3", "TLSv1", "TLSv1.1", Usual, Newest];

    /// <summary>Sets them.</summary>
    /// <param name="service">The service.</param>
    /// <param name="table">The key whose table has the oldest version.</param>
    public static void Set(StunnelService service, Key<Service> table)
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
            service.Target.Set(table, TlsKind.Min, "1.3", least.At);
        }
        else if (least is not null && !Is(least, Usual))
        {
            service.Changed(least.At, "TLS 1.2 is the oldest version here: older ones are broken (RFC 8996)");
        }

        if (most is not null && !Is(most, Newest) && !Is(most, "all"))
        {
            service.Lost(most.At, $"TLS 1.3 is used as well, where {most.Text} was the newest version");
        }

        foreach (var option in section.All("options"))
        {
            SetOption(service, table, option);
        }
    }

    private static void SetOption(StunnelService service, Key<Service> table, Word option)
    {
        switch (option.Text.ToUpperInvariant())
        {
            case "NO_SSLV2" or "NO_SSLV3" or "NO_TLSV1" or "NO_TLSV1.1" or "NO_TLSV1_1" or "NO_COMPRESSION" or "NO_RENEGOTIATION":
                service.Kept(option.At, $"{option.Text} holds for every service");
                break;
            case "NO_TLSV1.2" or "NO_TLSV1_2":
                service.Target.Set(table, TlsKind.Min, "1.3", option.At);
                break;
            case "NO_TLSV1.3" or "NO_TLSV1_3":
                service.Lost(option.At, "TLS 1.3 is used as well");
                break;
            default:
                service.Changed(option.At, $"'{option.Text}' is left out: the options of OpenSSL are those of the daemon");
                break;
        }
    }

    private static bool Is(Word word, string text) => word.Text.Equals(text, StringComparison.OrdinalIgnoreCase);
}
