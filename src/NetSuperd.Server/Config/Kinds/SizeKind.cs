using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A size in bytes within a range.</summary>
internal sealed class SizeKind(int least, int most) : TextKind<int>
{
    public override string Text => Quantity.SizeHint;

    public override JsonObject Schema => JsonType.Text("^[0-9]+([KMG]i)?B$", "64KiB", "1MiB");

    public override string Format(int value) => TomlWriter.Text(Quantity.Format((long)value));

    protected override string? Complaint(string text, Reading reading, out int value)
    {
        var sized = Quantity.TryParseSize(text, out var bytes);
        value = (int)Math.Min(bytes, most);
        return !sized ? $"must be {Text}"
            : bytes < least || bytes > most ? $"must be from \"{Quantity.Format((long)least)}\" to \"{Quantity.Format((long)most)}\""
            : null;
    }
}
