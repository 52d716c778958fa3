using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A table by family of how many bits at the start of an address identify a source; an absent family has its default.</summary>
internal sealed class SourcePrefixKind : TableKind<SourcePrefix>
{
    private const string IPv4 = "ipv4";
    private const string IPv6 = "ipv6";

    private static readonly IntegerKind IPv4Kind = new(1, 32);
    private static readonly IntegerKind IPv6Kind = new(1, 128);

    public override string Text => "a table such as { ipv4 = 24, ipv6 = 48 }";

    public override JsonObject Schema => JsonType.Table([(IPv4, IPv4Kind.Schema), (IPv6, IPv6Kind.Schema)]);

    protected override IReadOnlyList<string> Members => [IPv4, IPv6];

    public override bool TryRead(Node node, string key, Reading reading, out SourcePrefix value)
    {
        value = SourcePrefix.Default;
        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        return TryReadMembers(table, key, reading, ref value);
    }

    public override string Format(SourcePrefix value) =>
        TomlWriter.Table([(IPv4, IPv4Kind.Format(value.IPv4)), (IPv6, IPv6Kind.Format(value.IPv6))]);

    protected override bool TryReadMember(string member, Node node, string key, Reading reading, ref SourcePrefix value)
    {
        switch (member)
        {
            case IPv4 when IPv4Kind.TryRead(node, key, reading, out var bits):
                value = value with { IPv4 = bits };
                return true;
            case IPv6 when IPv6Kind.TryRead(node, key, reading, out var bits):
                value = value with { IPv6 = bits };
                return true;
            default:
                return false;
        }
    }
}
