using System.Globalization;
using NetSuperd.Native;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>A user that a child runs as, with what passwd(5) says about it.</summary>
internal sealed class UserKind : Kind<UserEntry>
{
    public override string Text => "a user such as \"nobody\" or a number";

    public override bool TryRead(Node node, string key, Reading reading, out UserEntry value)
    {
        value = default!;
        if (node is not ScalarNode { Value: string or long } scalar)
        {
            Mistyped(node, key, reading);
            return false;
        }

        // 4294967295 means "leave as it is" to setresuid(2).
        var user = Convert.ToString(scalar.Value, CultureInfo.InvariantCulture)!;
        if (reading.Names.UserEntry(user) is { UserId: < uint.MaxValue } entry)
        {
            value = entry;
            return true;
        }

        reading.Problems.Error(node.At, scalar.Value is long
            ? $"'{key}' must be from 0 to {uint.MaxValue - 1}"
            : $"'{key}': there is no user '{user}' on this system");
        return false;
    }

    public override string Format(UserEntry value) => TomlWriter.Text(value.Name);
}
