using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An array of strings. A rule may complain about one of them: the text that follows the string, null for none.</summary>
/// <param name="text">What it must be, as a message says it.</param>
/// <param name="example">An example for editors.</param>
/// <param name="complaint">The rule.</param>
internal sealed class StringsKind(string text, string[] example, Func<string, string?>? complaint = null) : Kind<ImmutableArray<string>>
{
    public override string Text => text;

    public override JsonObject Schema => JsonType.Array(
        JsonType.Of("string"), new JsonArray([.. example.Select(item => JsonValue.Create(item))]));

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<string> value)
    {
        value = [];
        if (node is not ArrayNode { OfTables: false } array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var sound = true;
        foreach (var item in array.Items)
        {
            var wrong = item is not ScalarNode { Value: string text } ? $"'{key}' must be {Text}; an item is {item.Noun}"
                : text.Contains('\0', StringComparison.Ordinal) ? $"'{key}' must not hold a NUL character"
                : complaint?.Invoke(text);
            if (wrong is not null)
            {
                reading.Problems.Error(item.At, wrong);
                sound = false;
            }
        }

        value = sound ? [.. array.Items.Select(item => (string)((ScalarNode)item).Value)] : [];
        return sound;
    }

    public override string Format(ImmutableArray<string> value) => TomlWriter.Array(value.Select(TomlWriter.Text));
}
