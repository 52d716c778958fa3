using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A path; a relative one is relative to the map's folder where that is allowed, and absolute in the record.</summary>
/// <param name="relative">Whether it may be relative.</param>
/// <param name="examples">Examples for editors.</param>
internal sealed class PathKind(bool relative, params string[] examples) : TextKind<string>
{
    public override string Text => relative ? "a path" : "an absolute path such as \"/srv\"";

    public override JsonObject Schema => JsonType.Text(relative ? "." : "^/", examples);

    public override string Format(string value) => TomlWriter.Text(value);

    protected override string? Complaint(string text, Reading reading, out string value)
    {
        value = text;
        if (text.Length == 0 || (!relative && !Path.IsPathFullyQualified(text)))
        {
            return $"must be {Text}";
        }

        value = relative ? Path.GetFullPath(text, reading.Folder) : text;
        return null;
    }
}
