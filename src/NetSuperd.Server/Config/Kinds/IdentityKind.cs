using System.Globalization;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A user or group, by name or number.</summary>
internal sealed class IdentityKind(string noun, string example, Func<NameCache, string, uint?> find) : Kind<uint>
{
    private const long Most = NameCache.NoId - 1;

    public override string Text => $"a {noun} such as \"{example}\" or a number";

    public override JsonObject Schema => JsonType.Identity(example);

    /// <summary>Reads an id; <see cref="NameCache.NoId"/> for a name that does not exist and that the map does without.</summary>
    public override bool TryRead(Node node, string key, Reading reading, out uint value)
    {
        value = NameCache.NoId;
        var number = node switch
        {
            ScalarNode { Value: long id } => id,
            ScalarNode { Value: string name } => Lookup(name, reading),
            _ => null,
        };
        if (number is >= 0 and <= Most)
        {
            value = (uint)number;
            return true;
        }

        if (number is null && node is ScalarNode { Value: string unknown })
        {
            return reading.ReportMissing(node.At, $"'{key}': {NameCache.Unknown(noun, unknown)}");
        }

        if (number is null)
        {
            Mistyped(node, key, reading);
        }
        else
        {
            reading.Problems.Error(node.At, $"'{key}' must be from 0 to {Most}");
        }

        return false;
    }

    public override string Format(uint value) => value.ToString(CultureInfo.InvariantCulture);

    private long? Lookup(string name, Reading reading) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : find(reading.Names, name);
}
