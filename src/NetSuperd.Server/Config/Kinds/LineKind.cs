using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A line of text that is sent to clients, without its end.</summary>
internal sealed class LineKind(int mostBytes) : TextKind<string>
{
    public override string Text =>
        string.Create(CultureInfo.InvariantCulture, $"a line of at most {mostBytes} bytes of UTF-8, without a line feed");

    public override JsonObject Schema => JsonType.Of("string");

    public override string Format(string value) => TomlWriter.Text(value);

    protected override string? Complaint(string text, Reading reading, out string value)
    {
        value = text;
        return text.EndsWith('\n') ? "must not end with a line feed, which the daemon adds"
            : text.Any(char.IsControl) ? "must be one line without control characters"
            : Encoding.UTF8.GetByteCount(text) is var bytes && bytes > mostBytes
                ? $"may have at most {mostBytes} bytes of UTF-8, and this line has {bytes}"
            : null;
    }
}
