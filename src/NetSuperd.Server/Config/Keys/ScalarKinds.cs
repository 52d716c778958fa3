using System.Globalization;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class BooleanKind : Kind<bool>
{
    public override string Text => "true or false";

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

/// <summary>A whole number within a range.</summary>
internal sealed class IntegerKind(int least, int most) : Kind<int>
{
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");

    public override bool TryRead(Node node, string key, Reading reading, out int value)
    {
        value = 0;
        if (node is not ScalarNode { Value: long number })
        {
            Mistyped(node, key, reading);
            return false;
        }

        if (number < least || number > most)
        {
            reading.Problems.Error(node.At, $"'{key}' must be {Text}");
            return false;
        }

        value = (int)number;
        return true;
    }

    public override string Format(int value) => TomlWriter.Value((long)value);
}

/// <summary>One of a closed list of words.</summary>
internal sealed class WordKind<T>(params (string Word, T Value)[] words) : Kind<T>
    where T : struct, Enum
{
    public override string Text => string.Join(", ", words[..^1].Select(word => $"\"{word.Word}\"")) + $" or \"{words[^1].Word}\"";

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

    public override string Format(T value) => TomlWriter.Text(words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Word);
}
