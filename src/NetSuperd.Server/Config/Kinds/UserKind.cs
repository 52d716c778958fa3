using System.Globalization;
using System.Text.Json.Nodes;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A user that a child runs as, with what passwd(5) says about it.</summary>
internal sealed class UserKind : Kind<UserEntry>
{
    public override string Text => "a user such as \"nobody\" or a number";

    public override JsonObject Schema => JsonType.Identity("nobody");

    /// <summary>Reads a user; its id is <see cref="NameCache.NoId"/> where it does not exist and the map does without it.</summary>
    public override bool TryRead(Node node, string key, Reading reading, out UserEntry value)
    {
        value = default!;
        if (node is not ScalarNode { Value: string or long } scalar)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var user = Convert.ToString(scalar.Value, CultureInfo.InvariantCulture)!;
        if (reading.Names.UserEntry(user) is { UserId: < NameCache.NoId } entry)
        {
            value = entry;
            return true;
        }

        if (scalar.Value is long)
        {
            reading.Problems.Error(node.At, $"'{key}' must be from 0 to {NameCache.NoId - 1}");
            return false;
        }

        value = new UserEntry(user, NameCache.NoId, NameCache.NoId, "/", "/bin/sh");
        return reading.ReportMissing(node.At, $"'{key}': {NameCache.Unknown("user", user)}");
    }

    public override string Format(UserEntry value) => TomlWriter.Text(value.Name);
}
