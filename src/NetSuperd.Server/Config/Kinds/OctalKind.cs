using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>Permission bits as an octal number in a string: a number in TOML would be taken as decimal.</summary>
internal sealed class OctalKind(int digits, string example) : TextKind<int>
{
    private const string Most = "777";

    public override string Text => $"an octal number in quotes such as \"{example}\"";

    public override JsonObject Schema => JsonType.Text("^[0-7]{1,4}$", example);

    public override string Format(int value) => TomlWriter.Text(Convert.ToString(value, 8).PadLeft(digits, '0'));

    protected override string? Complaint(string text, Reading reading, out int value)
    {
        value = 0;
        if (text.Length is 0 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return $"must be {Text}";
        }

        value = Convert.ToInt32(text, 8);
        return value <= Convert.ToInt32(Most, 8) ? null
            : $"must be from \"{new string('0', digits)}\" to \"{Most.PadLeft(digits, '0')}\"";
    }
}
