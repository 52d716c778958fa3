using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A string that a rule accepts.</summary>
/// <param name="text">What it must be, as a message says it.</param>
/// <param name="accepts">The rule.</param>
/// <param name="pattern">A regular expression for editors, which accepts no less than the rule.</param>
/// <param name="examples">Examples for editors.</param>
internal sealed class StringKind(string text, Func<string, bool> accepts, string pattern, params string[] examples) : TextKind<string>
{
    public override string Text => text;

    public override JsonObject Schema => JsonType.Text(pattern, examples);

    public override string Format(string value) => TomlWriter.Text(value);

    protected override string? Complaint(string text, Reading reading, out string value)
    {
        value = text;
        return accepts(text) ? null : $"must be {Text}";
    }
}
