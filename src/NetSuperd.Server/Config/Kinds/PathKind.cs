using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A path; a relative one is relative to the map's folder where that is allowed, and absolute in the record.</summary>
/// <param name="relative">Whether it may be relative.</param>
/// <param name="examples">Examples for editors.</param>
internal sealed class PathKind(bool relative, params string[] examples) : TextKind<string>
{
    // Each system spells it in its own way.
    public override string Text => relative ? "a path" : $"an absolute path such as {TomlWriter.Text(Path.GetFullPath("/srv"))}";

    public override JsonObject Schema => JsonType.Text(relative ? "." : @"^(/|[A-Za-z]:[/\\]|\\\\)", examples);

    public override string Format(string value) => TomlWriter.Text(value);

    protected override string? Complaint(string text, Reading reading, out string value)
    {
        value = text;
        if (text.Length == 0 || (!relative && !Path.IsPathFullyQualified(text)))
        {
            return $"must be {Text}";
        }

        if (text.AsSpan().IndexOfAny(Path.GetInvalidPathChars()) is var wrong and >= 0)
        {
            return $"must be {Text}, and no path has the character U+{(int)text[wrong]:X4}"
                + (Path.DirectorySeparatorChar == '\\' ? @": write it in single quotes, such as 'C:\temp', where a \ is a \" : "");
        }

        value = relative ? Path.GetFullPath(text, reading.Folder) : text;
        return null;
    }
}
