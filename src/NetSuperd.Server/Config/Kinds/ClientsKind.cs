using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>The array <c>clients</c> of a service, whose entries are tables.</summary>
internal sealed class ClientsKind : Kind<ImmutableArray<ClientRule>>
{
    private static readonly ClientRuleKind RuleKind = new();

    public override string Text => $"an array of tables such as [{RuleKind.Text}]";

    public override JsonObject Schema => JsonType.Array(RuleKind.Schema);

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<ClientRule> value)
    {
        value = [];
        if (node is not ArrayNode array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var rules = new List<ClientRule>();
        foreach (var item in array.Items)
        {
            if (RuleKind.TryRead(item, key, reading, out var rule))
            {
                rules.Add(rule);
            }
        }

        value = [.. rules];
        return rules.Count == array.Items.Count;
    }

    public override string Format(ImmutableArray<ClientRule> value) => TomlWriter.Array(value.Select(RuleKind.Format));
}
