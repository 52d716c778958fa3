using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>The table <c>tls</c> of a service. The files that it names are read later (<see cref="Binding.TlsBinder"/>).</summary>
internal sealed class TlsKind : TableKind<TlsPlan>
{
    /// <summary>The members that name files.</summary>
    public const string Certificate = "certificate", Key = "key", ClientCa = "client_ca";

    /// <summary>Members that <c>tls_to</c> and other programs have as well.</summary>
    public const string RequireClient = "require_client", Min = "min", Alpn = "alpn", HandshakeTimeout = "handshake_timeout";

    // RFC 7301 section 3.1.
    private const int LongestProtocol = 255;

    internal static readonly PathKind PathKind = new(relative: true, "/etc/ssl/certs/www.example.org.pem");
    internal static readonly WordKind<TlsVersion> VersionKind = new(("1.2", TlsVersion.Tls12), ("1.3", TlsVersion.Tls13));

    internal static readonly StringsKind ProtocolsKind = new(
        "an array of names of protocols such as \"h2\" or \"http/1.1\"", ["h2", "http/1.1"],
        name => name.Length is > 0 and <= LongestProtocol && name.All(letter => letter is > ' ' and <= '~') ? null
            : $"the name of a protocol has 1 to {LongestProtocol} printing ASCII characters without blanks");

    private static readonly BooleanKind BooleanKind = new();
    private static readonly DurationKind TimeKind = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));

    public override string Text => "a table such as { certificate = \"www.pem\", key = \"www.key\" }";

    public override JsonObject Schema => JsonType.Table(
    [
        (Certificate, Files), (Key, Files), (ClientCa, PathKind.Schema), (RequireClient, BooleanKind.Schema), (Min, VersionKind.Schema),
        (Alpn, ProtocolsKind.Schema), (HandshakeTimeout, TimeKind.Schema),
    ]);

    protected override IReadOnlyList<string> Members => [Certificate, Key, ClientCa, RequireClient, Min, Alpn, HandshakeTimeout];

    private static JsonObject Files => JsonType.Either(PathKind.Schema, JsonType.Array(PathKind.Schema));

    public override bool TryRead(Node node, string key, Reading reading, out TlsPlan value)
    {
        value = new TlsPlan();
        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var sound = TryReadMembers(table, key, reading, ref value);
        if (table.Find(Certificate) is null)
        {
            reading.Problems.Error(node.At, $"'{key}' needs certificate = \"FILE\", and key = \"FILE\" unless the key is in the same file");
            return false;
        }

        if (value.RequireClient && value.ClientCa is null && table.Find(ClientCa) is null)
        {
            reading.Problems.Error(
                table.Find(RequireClient)!.KeyAt,
                $"'{RequireClient}' needs client_ca = \"FILE\", the CAs that sign the clients' certificates");
            return false;
        }

        return sound && TryReadKeys(table, key, reading, ref value);
    }

    public override string Format(TlsPlan value)
    {
        var members = new List<(string, string)> { (Certificate, Paths([.. value.Certificates.Select(each => each.File)])) };
        if (value.Certificates.Any(each => each.KeyFile is not null))
        {
            members.Add((Key, Paths([.. value.Certificates.Select(each => each.KeyFile ?? each.File)])));
        }

        if (value.ClientCa is { } authority)
        {
            members.Add((ClientCa, PathKind.Format(authority)));
            members.Add((RequireClient, BooleanKind.Format(value.RequireClient)));
        }

        members.Add((Min, VersionKind.Format(value.Min)));
        if (value.Alpn is not [])
        {
            members.Add((Alpn, ProtocolsKind.Format(value.Alpn)));
        }

        members.Add((HandshakeTimeout, TimeKind.Format(value.HandshakeTimeout)));
        return TomlWriter.Table(members);
    }

    protected override bool TryReadMember(string member, Node node, string key, Reading reading, ref TlsPlan value)
    {
        switch (member)
        {
            case Certificate when TryReadPaths(node, key, reading, out var files):
                value = value with { Certificates = [.. files.Select(file => new TlsCertificate(file, null))] };
                return true;
            case Key:
                // They belong to the certificates, which may stand after them.
                return true;
            case ClientCa when PathKind.TryRead(node, key, reading, out var file):
                value = value with { ClientCa = file };
                return true;
            case RequireClient when BooleanKind.TryRead(node, key, reading, out var requires):
                value = value with { RequireClient = requires };
                return true;
            case Min when VersionKind.TryRead(node, key, reading, out var version):
                value = value with { Min = version };
                return true;
            case Alpn when ProtocolsKind.TryRead(node, key, reading, out var names):
                value = value with { Alpn = names };
                return true;
            case HandshakeTimeout when TimeKind.TryRead(node, key, reading, out var time):
                value = value with { HandshakeTimeout = time };
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadKeys(TableNode table, string key, Reading reading, ref TlsPlan value)
    {
        if (table.Find(Key) is not { } entry)
        {
            return true;
        }

        if (!TryReadPaths(entry.Value, $"{key}.{Key}", reading, out var files))
        {
            return false;
        }

        var certificates = value.Certificates;
        if (files.Length != certificates.Length)
        {
            reading.Problems.Error(
                entry.Value.At, $"'{key}.{Key}' names {files.Length} and '{key}.{Certificate}' {certificates.Length}; each certificate has "
                + "its own key, in the same order");
            return false;
        }

        value = value with { Certificates = [.. certificates.Select((each, at) => each with { KeyFile = files[at] })] };
        return true;
    }

    private static bool TryReadPaths(Node node, string key, Reading reading, out ImmutableArray<string> files)
    {
        List<Node> nodes = node is ArrayNode { OfTables: false } array ? [.. array.Items] : [node];
        if (nodes is [])
        {
            reading.Problems.Error(node.At, $"'{key}' must be a path or an array of paths, and this array is empty");
        }

        var read = new List<string>();
        foreach (var each in nodes)
        {
            if (PathKind.TryRead(each, key, reading, out var file))
            {
                read.Add(file);
            }
        }

        files = [.. read];
        return nodes is not [] && read.Count == nodes.Count;
    }

    private static string Paths(IReadOnlyList<string> files) =>
        files is [var only] ? PathKind.Format(only) : TomlWriter.Array(files.Select(PathKind.Format));
}
