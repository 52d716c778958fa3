using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A string that a rule accepts.</summary>
internal sealed class StringKind(string text, Func<string, bool> accepts) : TextKind<string>
{
    public override string Text => text;

    public override string Format(string value) => TomlWriter.Text(value);

    protected override string? Complaint(string text, Reading reading, out string value)
    {
        value = text;
        return accepts(text) ? null : $"must be {Text}";
    }
}
