using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>
/// JSON schemas of values (https://json-schema.org, draft 7). Their patterns use only what every dialect of regular expressions has.
/// </summary>
internal static class JsonType
{
    private const string Examples = "examples";

    /// <summary>Any value of a type.</summary>
    public static JsonObject Of(string type) => new() { ["type"] = type };

    /// <summary>A string that matches a pattern.</summary>
    public static JsonObject Text(string pattern, params ReadOnlySpan<string> examples)
    {
        var schema = Of("string");
        schema["pattern"] = pattern;
        if (!examples.IsEmpty)
        {
            schema[Examples] = Strings([.. examples]);
        }

        return schema;
    }

    /// <summary>One of a list of words.</summary>
    public static JsonObject Words(IEnumerable<string> words) => new() { ["enum"] = Strings(words) };

    /// <summary>A whole number.</summary>
    public static JsonObject Integer(long least, long most, int step = 1)
    {
        var schema = Of("integer");
        (schema["minimum"], schema["maximum"]) = (least, most);
        if (step != 1)
        {
            schema["multipleOf"] = step;
        }

        return schema;
    }

    /// <summary>A user or group, by name or number.</summary>
    public static JsonObject Identity(string example) => new()
    {
        ["type"] = new JsonArray("string", "integer"),
        ["minimum"] = 0,
        [Examples] = new JsonArray(example),
    };

    /// <summary>An array.</summary>
    public static JsonObject Array(JsonObject item, JsonArray? example = null)
    {
        var schema = Of("array");
        schema["items"] = item;
        if (example is not null)
        {
            schema[Examples] = new JsonArray(example);
        }

        return schema;
    }

    /// <summary>A value of one type or another.</summary>
    public static JsonObject Either(params ReadOnlySpan<JsonNode?> schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    /// <summary>A table with these keys and no other.</summary>
    public static JsonObject Table(IEnumerable<(string Name, JsonObject Schema)> keys)
    {
        var schema = Of("object");
        schema["properties"] = new JsonObject(keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)key.Schema)));
        schema["additionalProperties"] = false;
        return schema;
    }

    /// <summary>A value in TOML as JSON.</summary>
    public static JsonNode? Value(string toml) =>
        Value(TomlReader.Read(new SourceText("", $"value = {toml}\n"), new Problems())!.Entries[0].Value);

    /// <inheritdoc cref="Value(string)"/>
    public static JsonNode? Value(Node node) => node switch
    {
        TableNode table => new JsonObject(table.Entries.Select(entry => KeyValuePair.Create(entry.Key, Value(entry.Value)))),
        ArrayNode array => new JsonArray([.. array.Items.Select(Value)]),
        ScalarNode { Value: long number } => JsonValue.Create(number),
        ScalarNode { Value: double number } when double.IsFinite(number) => JsonValue.Create(number),
        ScalarNode { Value: bool truth } => JsonValue.Create(truth),
        ScalarNode scalar => JsonValue.Create($"{scalar.Value}"),
        _ => throw new InvalidOperationException($"there is no JSON for {node.Noun}"),
    };

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
