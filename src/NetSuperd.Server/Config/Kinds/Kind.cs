using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>What the value of a key may be: its type, unit and range, read from TOML and written back.</summary>
internal abstract class Kind<T>
{
    /// <summary>What the value must be, as a message says it: <c>a duration such as "30s"</c>.</summary>
    public abstract string Text { get; }

    /// <summary>Reads a value; a false answer has been reported.</summary>
    public abstract bool TryRead(Node node, string key, Reading reading, out T value);

    /// <summary>The value in TOML; reading it gives the value again.</summary>
    public abstract string Format(T value);

    /// <summary>Reports that a value is of another type than it must be.</summary>
    protected void Mistyped(Node node, string key, Reading reading) =>
        reading.Problems.Error(node.At, $"'{key}' must be {Text}, not {node.Noun}");
}
