using System.Net;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>
/// The key <c>tls_to</c> of a forward: true, or a table. The files that it names are read later (<see cref="Binding.TlsBinder"/>).
/// </summary>
internal sealed class TlsToKind : TableKind<TlsToPlan>
{
    /// <summary>The members that a target may need, or that name files.</summary>
    public const string Verify = "verify", Ca = "ca", Name = "name", Certificate = TlsKind.Certificate, Key = TlsKind.Key;

    private const string Min = TlsKind.Min, Alpn = TlsKind.Alpn;

    private static readonly BooleanKind BooleanKind = new();

    private static readonly StringKind NameKind = new(
        "the name of a host such as \"db.example.org\", or an address",
        IsName,
        ".",
        "db.example.org");

    public override string Text => "true or a table such as { ca = \"ca.pem\", name = \"db.example.org\" }";

    public override JsonObject Schema => JsonType.Either(
        new JsonObject { ["const"] = true },
        JsonType.Table(
        [
            (Verify, BooleanKind.Schema), (Ca, TlsKind.PathKind.Schema), (Name, NameKind.Schema), (Certificate, TlsKind.PathKind.Schema),
            (Key, TlsKind.PathKind.Schema), (Min, TlsKind.VersionKind.Schema), (Alpn, TlsKind.ProtocolsKind.Schema),
        ]));

    protected override IReadOnlyList<string> Members => [Verify, Ca, Name, Certificate, Key, Min, Alpn];

    /// <summary>Whether a text can be the name of a target.</summary>
    public static bool IsName(string name) => IPAddress.TryParse(name, out _) || Uri.CheckHostName(name) == UriHostNameType.Dns;

    public override bool TryRead(Node node, string key, Reading reading, out TlsToPlan value)
    {
        value = new TlsToPlan();
        if (node is ScalarNode { Value: true })
        {
            return true;
        }

        if (node is ScalarNode { Value: false })
        {
            reading.Problems.Error(node.At, $"'{key}' must be {Text}; leave it out where nothing is encrypted");
            return false;
        }

        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var sound = TryReadMembers(table, key, reading, ref value);
        if (sound && Complaint(table, value) is { } complaint)
        {
            reading.Problems.Error(table.Find(complaint.Member)!.KeyAt, complaint.Message);
            return false;
        }

        return sound;
    }

    public override string Format(TlsToPlan value)
    {
        var members = new List<(string, string)> { (Verify, BooleanKind.Format(value.Verify)) };
        if (value.Ca is { } authority)
        {
            members.Add((Ca, TlsKind.PathKind.Format(authority)));
        }

        if (value.Name is { } name)
        {
            members.Add((Name, NameKind.Format(name)));
        }

        if (value.Certificate is { } certificate)
        {
            members.Add((Certificate, TlsKind.PathKind.Format(certificate.File)));
            members.Add((Key, TlsKind.PathKind.Format(certificate.KeyFile ?? certificate.File)));
        }

        members.Add((Min, TlsKind.VersionKind.Format(value.Min)));
        if (value.Alpn is not [])
        {
            members.Add((Alpn, TlsKind.ProtocolsKind.Format(value.Alpn)));
        }

        return TomlWriter.Table(members);
    }

    protected override bool TryReadMember(string member, Node node, string key, Reading reading, ref TlsToPlan value)
    {
        switch (member)
        {
            case Verify when BooleanKind.TryRead(node, key, reading, out var verifies):
                value = value with { Verify = verifies };
                return true;
            case Ca when TlsKind.PathKind.TryRead(node, key, reading, out var file):
                value = value with { Ca = file };
                return true;
            case Name when NameKind.TryRead(node, key, reading, out var name):
                value = value with { Name = name };
                return true;
            case Certificate when TlsKind.PathKind.TryRead(node, key, reading, out var file):
                value = value with { Certificate = new TlsCertificate(file, value.Certificate?.KeyFile) };
                return true;
            case Key when TlsKind.PathKind.TryRead(node, key, reading, out var file):
                value = value with { Certificate = new TlsCertificate(value.Certificate?.File ?? "", file) };
                return true;
            case Min when TlsKind.VersionKind.TryRead(node, key, reading, out var version):
                value = value with { Min = version };
                return true;
            case Alpn when TlsKind.ProtocolsKind.TryRead(node, key, reading, out var names):
                value = value with { Alpn = names };
                return true;
            default:
                return false;
        }
    }

    private static (string Member, string Message)? Complaint(TableNode table, TlsToPlan value) =>
        value.Certificate is { File: "" } ? (Key, $"'{Key}' needs certificate = \"FILE\"")
        : !value.Verify && table.Find(Ca) is not null ? (Ca, $"'{Ca}' has no effect with {Verify} = false")
        : null;
}
