using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>The kind of a key's value: its type, unit and range, how it is read from TOML and written back.</summary>
internal abstract class Kind<T>
{
    /// <summary>A description of the valid values, for messages: <c>a duration such as "30s"</c>.</summary>
    public abstract string Text { get; }

    /// <summary>
    /// The valid values as a JSON schema, for editors. It accepts every valid value, and may accept others: <c>check</c> knows more rules.
    /// </summary>
    public abstract JsonObject Schema { get; }

    /// <summary>Reads a value; false after a problem, which has been reported.</summary>
    public abstract bool TryRead(Node node, string key, Reading reading, out T value);

    /// <summary>The value in TOML; reading it gives the value again.</summary>
    public abstract string Format(T value);

    /// <summary>Reports that a value has the wrong type.</summary>
    protected void Mistyped(Node node, string key, Reading reading) =>
        reading.Problems.Error(node.At, $"'{key}' must be {Text}, not {node.Noun}");
}
