using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
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

        var problems = reading.Problems;
        var sound = true;
        value = Convert(table);
        return sound;

        Settings Convert(TableNode inner) => new(inner.Entries.ToDictionary(
            entry => entry.Key,
            entry => new Setting(ConvertNode(entry.Value), At(entry.Value.At), At(entry.KeyAt))));

        object ConvertNode(Node inner)
        {
            switch (inner)
            {
                case TableNode innerTable:
                    return Convert(innerTable);
                case ArrayNode array:
                    return array.Items.Select(ConvertNode).ToList();
                case ScalarNode { Value: string or long or double or bool } scalar:
                    return scalar.Value;
                default:
                    problems.Error(inner.At, "settings cannot hold dates and times; write a string");
                    sound = false;
                    return "";
            }
        }
    }

    public override string Format(Settings value) => TomlWriter.Value(value);

    private static SettingPosition At(Position at) => new(at.Source.Name, at.Line, at.Column, at.Length);
}
