using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>
/// A limit: a value of another kind, or the word for no limit, which the other kind's description mentions as well. 0 does not switch a
/// limit off, since it might as well mean that nothing passes.
/// </summary>
/// <param name="kind">The kind of the value.</param>
/// <param name="instead">What else the author of a 0 may have meant.</param>
internal sealed class LimitKind<T>(Kind<T> kind, string instead = "") : Kind<Limit<T>>
{
    public const string Unlimited = "unlimited";

    public override string Text => kind.Text;

    public override JsonObject Schema => JsonType.Either(kind.Schema, JsonType.Words([Unlimited]));

    public override bool TryRead(Node node, string key, Reading reading, out Limit<T> value)
    {
        value = Limit<T>.None;
        if (node is ScalarNode { Value: Unlimited })
        {
            return true;
        }

        if (IsZero(node))
        {
            reading.Problems.Error(node.At, $"'{key}' must not be 0; write \"{Unlimited}\" for no limit{instead}");
            return false;
        }

        if (!kind.TryRead(node, key, reading, out var limit))
        {
            return false;
        }

        value = new Limit<T>(limit);
        return true;
    }

    public override string Format(Limit<T> value) => value.IsNone ? TomlWriter.Text(Unlimited) : kind.Format(value.Value);

    // 0, "0", "0s" and "0/min".
    private static bool IsZero(Node node) => node switch
    {
        ScalarNode { Value: 0L } => true,
        ScalarNode { Value: string text } => text.StartsWith('0') && text.TrimStart('0') is "" or [not '.' and not (>= '0' and <= '9'), ..],
        _ => false,
    };
}
