using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class BooleanKind : Kind<bool>
{
    public override string Text => "true or false";

    public override JsonObject Schema => JsonType.Of("boolean");

    public override bool TryRead(Node node, string key, Reading reading, out bool value)
    {
        value = node is ScalarNode { Value: true };
        if (node is ScalarNode { Value: bool })
        {
            return true;
        }

        Mistyped(node, key, reading);
        return false;
    }

    public override string Format(bool value) => TomlWriter.Value(value);
}
