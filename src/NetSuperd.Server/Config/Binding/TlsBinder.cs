using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Reads the certificates and keys of a service when its map is loaded: a reload takes files that have been renewed.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="judge">Judges paths, and what depends on the user.</param>
internal sealed class TlsBinder(Problems problems, PathJudge judge)
{
    private const int MostBytes = 1 << 20;

    /// <summary>The plan of a service with what its files have; null where it has none, or after an error.</summary>
    public TlsPlan? Bind(Section<Service> section)
    {
        if (!section.TryGet(ServiceKeys.Tls, out var plan))
        {
            return null;
        }

        if (!section.Get(ServiceKeys.Enabled))
        {
            return plan;
        }

        var table = (TableNode)section.Node(ServiceKeys.Tls)!;
        var (files, keys) = (PositionsOf(table, TlsKind.Certificate), PositionsOf(table, TlsKind.Key));
        var read = plan.Certificates.Select((each, at) => Read(each, files[at], keys.ElementAtOrDefault(at) ?? files[at])).ToList();
        var authorities = plan.ClientCa is { } file ? Authorities(file, table.Find(TlsKind.ClientCa)!.Value.At, "clients") : "";
        return read.Contains(null) || authorities is null
            ? null
            : plan with { Certificates = [.. read.OfType<TlsCertificate>()], ClientCaText = authorities };
    }

    /// <summary>The plan for the targets of a forward, likewise.</summary>
    public TlsToPlan? BindTo(Section<Service> section)
    {
        if (!section.TryGet(ForwardKeys.TlsTo, out var plan))
        {
            return null;
        }

        if (!section.Get(ServiceKeys.Enabled) || section.Node(ForwardKeys.TlsTo) is not TableNode table)
        {
            return plan;
        }

        var authorities = plan.Ca is { } file ? Authorities(file, table.Find(TlsToKind.Ca)!.Value.At, "targets") : "";
        var at = PositionsOf(table, TlsToKind.Certificate);
        var own = plan.Certificate is { } certificate
            ? Read(certificate, at[0], PositionsOf(table, TlsToKind.Key).FirstOrDefault(at[0]))
            : null;
        return authorities is null || (own is null && plan.Certificate is not null)
            ? null
            : plan with { CaText = authorities, Certificate = own };
    }

    private static IReadOnlyList<Position> PositionsOf(TableNode table, string member) => table.Find(member)?.Value switch
    {
        null => [],
        ArrayNode array => [.. array.Items.Select(item => item.At)],
        var single => [single.At],
    };

    private TlsCertificate? Read(TlsCertificate certificate, Position at, Position keyAt)
    {
        var chain = Text(certificate.File, at, certificate.KeyFile is null ? Secrecy.Others : Secrecy.None);
        var key = certificate.KeyFile is { } keyFile ? Text(keyFile, keyAt, Secrecy.Others) : chain;
        if (chain is null || key is null)
        {
            return null;
        }

        try
        {
            using var loaded = Load(chain, key);
            WarnOfTime(loaded, certificate.File, at);
            return certificate with { Chain = chain, Key = key, Names = NamesOf(loaded), Expires = loaded.NotAfter.ToUniversalTime() };
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            problems.Error(
                chain.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal) ? keyAt : at, Complaint(certificate, chain, key));
            return null;
        }
    }

    /// <summary>Loads a certificate with its key, which has to belong to it.</summary>
    private static X509Certificate2 Load(string chain, string key) => X509Certificate2.CreateFromPem(chain, key);

    private static string Complaint(TlsCertificate certificate, string chain, string key)
    {
        var keyFile = certificate.KeyFile ?? certificate.File;
        return !chain.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)
            ? $"'{certificate.File}' has no certificate: a line -----BEGIN CERTIFICATE----- begins one"
            : key.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? $"the key in '{keyFile}' is encrypted; write one without a passphrase: "
                    + $"openssl pkey -in {ShellPath.Quoted(keyFile)} -out FILE"
            : !key.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
                ? $"'{keyFile}' has no private key: a line -----BEGIN PRIVATE KEY----- begins one"
            : $"the certificate in '{certificate.File}' and the key in '{keyFile}' do not belong together, "
                + "or one of them is damaged or of a kind that is not supported";
    }

    private void WarnOfTime(X509Certificate2 certificate, string file, Position at)
    {
        var now = TimeProvider.System.GetUtcNow();
        DateTimeOffset begins = certificate.NotBefore.ToUniversalTime();
        if (TlsPlan.Remark(certificate.NotAfter.ToUniversalTime(), now) is { } remark)
        {
            problems.Warning(at, $"the certificate in '{file}' {remark}; renew it, and reload");
        }
        else if (begins > now)
        {
            problems.Warning(
                at, $"the certificate in '{file}' is not valid before {begins.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}: "
                + "clients refuse it until then; is the clock of this host right?");
        }
    }

    /// <summary>The host names of a certificate; one without alternative names has its common name, which few clients accept.</summary>
    private static ImmutableArray<string> NamesOf(X509Certificate2 certificate)
    {
        var alternative = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames());
        var names = alternative.Select(name => name.ToLowerInvariant()).ToImmutableArray();
        return names is not [] ? names : [certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false).ToLowerInvariant()];
    }

    /// <summary>The text of a file with CAs; null after an error.</summary>
    private string? Authorities(string file, Position at, string whose)
    {
        if (Text(file, at, Secrecy.None) is not { } text)
        {
            return null;
        }

        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(text);
            if (found.Count > 0)
            {
                return text;
            }
        }
        catch (CryptographicException)
        {
            // The error below says it.
        }

        problems.Error(at, $"'{file}' has no certificate, or a damaged one; it holds those of the CAs that sign the {whose}' certificates");
        return null;
    }

    /// <summary>The text of a file. A check by another user, which may not read a key, leaves it out.</summary>
    private string? Text(string file, Position at, Secrecy secretTo)
    {
        var text = judge.Files.ReadPrivate(file, secretTo, MostBytes, out var problem);
        if (problem is not null)
        {
            judge.Depending(at, problem);
        }

        return text;
    }
}
