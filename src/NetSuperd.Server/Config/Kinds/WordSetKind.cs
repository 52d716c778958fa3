using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An array of words of a closed list, in any order.</summary>
internal sealed class WordSetKind<T>(params (string Word, T Value)[] words) : Kind<T>
    where T : struct, Enum
{
    public override string Text =>
        $"an array of {string.Join(", ", words[..^1].Select(word => $"\"{word.Word}\""))} and \"{words[^1].Word}\"";

    public override JsonObject Schema => JsonType.Array(JsonType.Words(words.Select(word => word.Word)));

    public override bool TryRead(Node node, string key, Reading reading, out T value)
    {
        value = default;
        if (node is not ArrayNode { OfTables: false } array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var (sum, isSound) = (0, true);
        foreach (var item in array.Items)
        {
            var text = (item as ScalarNode)?.Value as string;
            var known = words.Where(word => word.Word == text).ToList();
            if (known.Count == 0)
            {
                reading.Problems.Error(item.At, text is null
                    ? $"'{key}' must be {Text}; an item is {item.Noun}"
                    : $"'{key}' has no word '{text}'; its words are {Text["an array of ".Length..]}"
                        + Suggestion.For(text, words.Select(word => word.Word)));
                isSound = false;
            }

            sum |= known.Sum(word => Convert.ToInt32(word.Value, null));
        }

        value = (T)Enum.ToObject(typeof(T), sum);
        return isSound;
    }

    public override string Format(T value) =>
        TomlWriter.Array(words.Where(word => value.HasFlag(word.Value)).Select(word => TomlWriter.Text(word.Word)));
}
