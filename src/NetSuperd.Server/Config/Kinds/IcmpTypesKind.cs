using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An array of types of ICMP, each by its name or number. Which names there are depends on the socket.</summary>
internal sealed class IcmpTypesKind : Kind<ImmutableArray<string>>
{
    public override string Text => "an array of types of ICMP, each a name such as \"echo-request\" or a number from 0 to 255";

    public override JsonObject Schema => JsonType.Array(
        JsonType.Either(JsonType.Words(IcmpType.Names), JsonType.Integer(0, IcmpType.Most)), new JsonArray("echo-request", 11));

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<string> value)
    {
        value = [];
        if (node is not ArrayNode { OfTables: false } array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        if (array.Items.Count == 0)
        {
            reading.Problems.Error(node.At, $"'{key}' is empty, so the socket would receive nothing; leave it out to receive every type");
            return false;
        }

        var texts = array.Items.Select(item => Read(item, key, reading)).ToList();
        value = [.. texts.OfType<string>()];
        return value.Length == texts.Count;
    }

    public override string Format(ImmutableArray<string> value) =>
        TomlWriter.Array(value.Select(text => char.IsAsciiDigit(text[0]) ? text : TomlWriter.Text(text)));

    private string? Read(Node item, string key, Reading reading)
    {
        var problem = item switch
        {
            ScalarNode { Value: long and >= 0 and <= IcmpType.Most } => null,
            ScalarNode { Value: long number } => $"there is no type {number}; types are 0 to {IcmpType.Most}",
            ScalarNode { Value: string name } => IcmpType.Names.Contains(name) ? null : Unknown(name),
            _ => $"'{key}' must be {Text}; an item is {item.Noun}",
        };
        if (problem is not null)
        {
            reading.Problems.Error(item.At, problem);
            return null;
        }

        return Convert.ToString(((ScalarNode)item).Value, CultureInfo.InvariantCulture);
    }

    private static string Unknown(string name) =>
        name.Length > 0 && name.All(char.IsAsciiDigit) ? $"a number is written without quotes: {name}"
        : name is "ping" or "any" ? $"there is no type '{name}' of ICMP; "
            + (name == "ping" ? "write \"echo-request\"" : "leave 'types' out to receive every type")
        : $"there is no type '{name}' of ICMP{Suggestion.For(name, IcmpType.Names)}";
}
