using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>One of a closed list of words.</summary>
internal sealed class WordKind<T>(params (string Word, T Value)[] words) : Kind<T>
    where T : struct, Enum
{
    public override string Text => string.Join(", ", words[..^1].Select(word => $"\"{word.Word}\"")) + $" or \"{words[^1].Word}\"";

    public override JsonObject Schema => JsonType.Words(words.Select(word => word.Word));

    public override bool TryRead(Node node, string key, Reading reading, out T value)
    {
        value = default;
        if (node is not ScalarNode { Value: string text })
        {
            Mistyped(node, key, reading);
            return false;
        }

        foreach (var (word, meaning) in words)
        {
            if (word == text)
            {
                value = meaning;
                return true;
            }
        }

        reading.Problems.Error(node.At, $"'{key}' must be {Text}{Suggestion.For(text, words.Select(word => word.Word))}");
        return false;
    }

    public override string Format(T value) =>
        TomlWriter.Text(words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Word);
}
