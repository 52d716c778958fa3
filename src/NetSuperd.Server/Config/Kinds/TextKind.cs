using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A value written as a string with a grammar of its own.</summary>
internal abstract class TextKind<T> : Kind<T>
{
    public override bool TryRead(Node node, string key, Reading reading, out T value)
    {
        value = default!;
        if (node is not ScalarNode { Value: string text })
        {
            Mistyped(node, key, reading);
            return false;
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            reading.Problems.Error(node.At, $"'{key}' must not hold a NUL character");
            return false;
        }

        if (Complaint(text, reading, out value) is { } complaint)
        {
            reading.Problems.Error(node.At, $"'{key}' {complaint}");
            return false;
        }

        return true;
    }

    /// <summary>The problem of the text, as it follows the key in a message; null, and the value, where there is none.</summary>
    protected abstract string? Complaint(string text, Reading reading, out T value);
}
