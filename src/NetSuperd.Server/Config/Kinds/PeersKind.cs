using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An array of peers, each once.</summary>
/// <param name="orEveryone">Whether the word <c>"everyone"</c> may replace the array.</param>
internal sealed class PeersKind(bool orEveryone) : Kind<PeerList>
{
    public const string Everyone = "everyone";

    private static JsonArray Example => new("10.0.0.0/8", "2001:db8::/32", "uid:1000");

    public override string Text =>
        "an array of peers such as [\"192.0.2.1\", \"10.0.0.0/8\", \"2001:db8::/32\", \"uid:1000\", \"gid:adm\", \"vsock:3\"]"
        + (orEveryone ? $", or \"{Everyone}\"" : "");

    public override JsonObject Schema => orEveryone
        ? JsonType.Either(JsonType.Array(JsonType.Of("string"), Example), JsonType.Words([Everyone]))
        : JsonType.Array(JsonType.Of("string"), Example);

    public override bool TryRead(Node node, string key, Reading reading, out PeerList value)
    {
        value = new PeerList(Rules: null);
        if (orEveryone && node is ScalarNode { Value: Everyone })
        {
            return true;
        }

        if (node is not ArrayNode { OfTables: false } array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var rules = ImmutableArray.CreateBuilder<PeerRule>(array.Items.Count);
        var known = new Dictionary<string, PeerRule>(array.Items.Count);
        var sound = true;
        foreach (var item in array.Items)
        {
            if (Read(item, reading, out var wrong) is not { } rule)
            {
                reading.Problems.Error(item.At, $"'{key}': {wrong}");
                sound = false;
            }
            else if (known.TryAdd(rule.Text, rule))
            {
                rules.Add(rule);
            }
            else
            {
                reading.Problems.Warning(item.At, $"'{key}': {rule.Text} is in the list twice; the first is at {known[rule.Text].At}");
            }
        }

        value = new PeerList(rules.DrainToImmutable());
        return sound;
    }

    public override string Format(PeerList value) =>
        value.Rules is { } rules ? TomlWriter.Array(rules.Select(rule => TomlWriter.Text(rule.Text))) : TomlWriter.Text(Everyone);

    private static PeerRule? Read(Node item, Reading reading, out string problem)
    {
        problem = $"a peer is {PeerNotation.Text}, not {item.Noun}";
        if (item is not ScalarNode { Value: string text })
        {
            return null;
        }

        var colon = text.IndexOf(':');
        if (colon > 0 && char.IsAsciiLetter(text[0]) && reading.Absent.TryGetValue($"peers.{text.AsSpan(0, colon)}", out var reason))
        {
            problem = $"there are no peers such as '{text}' on this system: {reason}";
            return null;
        }

        return PeerNotation.Read(text, item.At, reading.Names, out problem);
    }
}
