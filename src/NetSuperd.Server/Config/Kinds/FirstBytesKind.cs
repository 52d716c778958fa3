using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>The rules of <c>by</c> as settings of the handler that keeps them, and knows what a rule may have.</summary>
internal sealed class FirstBytesKind : Kind<Settings>
{
    public override string Text => "an array of rules such as [{ tls = true, service = \"web\" }, { service = \"ssh\" }]";

    public override JsonObject Schema => JsonType.Array(JsonType.Of("object"));

    public override bool TryRead(Node node, string key, Reading reading, out Settings value)
    {
        value = Settings.Empty;
        if (node is not ArrayNode array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        if (array.Items.Count == 0 || array.Items.Exists(item => item is not TableNode))
        {
            reading.Problems.Error(node.At, $"'{key}' must be {Text}");
            return false;
        }

        // These become services; everything else of a rule is the handler's to judge.
        var services = array.Items.Cast<TableNode>().Select(rule => rule.Find(PortKeys.Service.Name)).OfType<Entry>();
        if (services.Any(service => !ServiceName.Kind.TryRead(service.Value, service.Key, reading, out _)))
        {
            return false;
        }

        var table = new TableNode(node.At, TableOrigin.Inline);
        table.Add(new Entry(key, node.At, node));
        if (SettingsTree.Of(table, reading.Problems) is not { } settings)
        {
            return false;
        }

        value = settings;
        return true;
    }

    public override string Format(Settings value) => TomlWriter.Value(value.Values[ServiceByFirstBytes.Key].Value);
}
