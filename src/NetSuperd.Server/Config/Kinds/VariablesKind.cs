using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A table of environment variables.</summary>
internal sealed class VariablesKind : Kind<ImmutableSortedDictionary<string, string>>
{
    public override string Text => "a table of strings such as { LANG = \"C.UTF-8\" }";

    public override JsonObject Schema => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = JsonType.Of("string"),
        ["examples"] = new JsonArray(new JsonObject { ["LANG"] = "C.UTF-8" }),
    };

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableSortedDictionary<string, string> value)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        value = variables.ToImmutable();
        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var sound = true;
        foreach (var entry in table.Entries)
        {
            var (at, wrong) = Variable.Complaint(entry.Key) is { } complaint ? (entry.KeyAt, complaint)
                : entry.Value is not ScalarNode { Value: string text }
                    ? (entry.Value.At, $"'{key}.{entry.Key}' must be a string, not {entry.Value.Noun}")
                : text.Contains('\0', StringComparison.Ordinal) ? (entry.Value.At, $"'{key}.{entry.Key}' must not hold a NUL character")
                : (entry.KeyAt, null);
            if (wrong is null)
            {
                variables[entry.Key] = (string)((ScalarNode)entry.Value).Value;
            }
            else
            {
                reading.Problems.Error(at, wrong);
                sound = false;
            }
        }

        value = variables.ToImmutable();
        return sound;
    }

    public override string Format(ImmutableSortedDictionary<string, string> value) =>
        TomlWriter.Table(value.Select(pair => (pair.Key, TomlWriter.Text(pair.Value))));
}
