using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An array of windows of times.</summary>
internal sealed class TimesKind : Kind<ImmutableArray<TimeWindow>>
{
    public override string Text => "an array of windows such as [\"mon-fri 08:00-18:00\", \"sat,sun 10:00-12:00\"]";

    public override JsonObject Schema => JsonType.Array(JsonType.Of("string"), new JsonArray("mon-fri 08:00-18:00", "sat,sun 10:00-12:00"));

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<TimeWindow> value)
    {
        value = [];
        if (node is not ArrayNode { OfTables: false } array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var windows = ImmutableArray.CreateBuilder<TimeWindow>(array.Items.Count);
        foreach (var item in array.Items)
        {
            var wrong = $"an item is {WindowNotation.Text}, not {item.Noun}";
            if (item is ScalarNode { Value: string text } && WindowNotation.Read(text, out wrong) is { } window)
            {
                windows.Add(window);
            }
            else
            {
                reading.Problems.Error(item.At, $"'{key}': {wrong}");
            }
        }

        value = windows.DrainToImmutable();
        return value.Length == array.Items.Count;
    }

    public override string Format(ImmutableArray<TimeWindow> value) =>
        TomlWriter.Array(value.Select(window => TomlWriter.Text(WindowNotation.Format(window))));
}
