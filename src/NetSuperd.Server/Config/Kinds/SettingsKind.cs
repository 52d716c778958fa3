using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A table for a handler: any keys, any types but dates, which a plugin takes as strings.</summary>
internal sealed class SettingsKind : Kind<Settings>
{
    public override string Text => "a table";

    public override JsonObject Schema => JsonType.Of("object");

    public override bool TryRead(Node node, string key, Reading reading, out Settings value)
    {
        value = Settings.Empty;
        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        if (SettingsTree.Of(table, reading.Problems) is not { } settings)
        {
            return false;
        }

        value = settings;
        return true;
    }

    public override string Format(Settings value) => TomlWriter.Value(value);
}
