using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;
using NetSuperd.Server.Tests.Documents;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The JSON schema accepts what <c>check</c> accepts, and knows every key of the table.</summary>
public sealed class MapSchemaTests
{
    private static readonly JsonSchema Schema = JsonSchema.FromText(MapSchema.Format());
    private static readonly JsonNode Parsed = JsonNode.Parse(MapSchema.Format())!;

    public static TheoryData<string> Tables => ["daemon", "log", "defaults", "services.x", "ports.x"];

    [Fact]
    public void Schema_HasEveryKeyOfTheTable()
    {
        Assert.Equal(MapKeys.All, Keys(Parsed));
        Assert.Equal(DaemonKeys.All.Select(key => key.Name), Keys(TableOf("daemon")));
        Assert.Equal(LogKeys.All.Select(key => key.Name), Keys(TableOf("log")));
        Assert.Equal(
            ServiceKeys.All.Where(key => key.Scope.HasFlag(Scope.Defaults)).Select(key => key.Name), Keys(TableOf("defaults")));
        Assert.Equal(PortKeys.All.Select(key => key.Name), Keys(TableOf("ports.x")));
        Assert.Equal(ServiceKeys.All.Select(key => key.Name), Keys(TableOf("services.x")));
    }

    [Fact]
    public void Schema_DescribesEveryKey_WithItsDefaultAndExamples()
    {
        Check(DaemonKeys.All, TableOf("daemon"));
        Check(LogKeys.All, TableOf("log"));
        Check(PortKeys.All, TableOf("ports.x"));
        Check(ServiceKeys.All, TableOf("services.x"));
    }

    [Fact]
    public void Fixtures_WithoutErrors_AreAccepted()
    {
        foreach (var name in FixtureTests.AcceptedNames.Select(name => name.Data))
        {
            var text = File.ReadAllText(Path.Combine(MapFiles.Fixtures, name + ".toml"));
            Assert.True(Accepts(text), name);
        }
    }

    [Theory]
    [InlineData("etc/netsuperd.toml")]
    [InlineData("etc/netsuperd.d/ftp.toml.disabled")]
    [InlineData("etc/netsuperd.d/tcpmux.toml.disabled")]
    public void Samples_AreAccepted_AndNameTheSchema(string file)
    {
        var text = Manual.Read(file);

        Assert.True(Accepts(text));
        Assert.StartsWith("#:schema /usr/local/share/netsuperd/netsuperd.schema.json\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_WithAnUnknownKeyOrATypeThatNoKeyHas_IsRejected(string name)
    {
        var needed = name switch { "services.x" => "handler = \"echo\"\n", "ports.x" => "service = \"echo\"\n", _ => "" };
        Assert.True(Accepts($"[{name}]\n{needed}"));
        Assert.False(Accepts($"[{name}]\n{needed}usr = \"nobody\"\n"));
        Assert.All(Keys(TableOf(name)).Except(["service", "handler", "settings"]), key =>
            Assert.False(Accepts($"[{name}]\n{needed}{key} = 1.5\n"), key));
    }

    [Theory]
    [InlineData("unknown = 1\n")]
    [InlineData("[ports]\n7 = 7\n")]
    [InlineData("[ports]\n7 = {}\n")]
    [InlineData("[services.x]\n")]
    [InlineData("[services.x]\nhandler = \"echo\"\nexec = [\"/bin/cat\"]\n")]
    [InlineData("[services]\nx = \"echo\"\n")]
    [InlineData("[defaults]\nexec = [\"/bin/cat\"]\n")]
    [InlineData("[daemon]\ndrain = \"30 s\"\n")]
    [InlineData("[daemon]\nmax_connections = 0\n")]
    public void Map_WithAMistake_IsRejected(string text) => Assert.False(Accepts(text));

    private static void Check<TRecord>(IEnumerable<Key<TRecord>> keys, JsonNode table) => Assert.All(keys, key =>
    {
        var schema = table["properties"]![key.Name]!;
        var value = JsonSchema.FromText(schema.ToJsonString());
        Assert.StartsWith(key.Summary, (string?)schema["description"]);
        Assert.Equal(key.DefaultText is null, schema["default"] is null);
        if (schema["default"] is { } byDefault)
        {
            Assert.True(value.Evaluate(Element(byDefault)).IsValid, key.Name);
        }

        foreach (var example in Examples(schema))
        {
            Assert.True(value.Evaluate(Element(example)).IsValid, $"{key.Name}: {example.ToJsonString()}");
            var problems = new Problems();
            var toml = TomlReader.Read(new SourceText("f", $"{key.Name} = {Toml(example)}\n"), problems)!;
            key.TryRead(toml.Find(key.Name)!.Value, Hosts.Reading(problems), out _);
            Assert.All(problems.InOrder(), problem => Assert.Contains("this system", problem.Message, StringComparison.Ordinal));
        }
    });

    private static IEnumerable<JsonNode> Examples(JsonNode schema) => ((schema["examples"] as JsonArray) ?? [])
        .Concat(((schema["anyOf"] as JsonArray) ?? []).SelectMany(one => Examples(one!)))!;

    private static string Toml(JsonNode example) => example is JsonObject table
        ? TomlWriter.Table(table.Select(pair => (pair.Key, pair.Value!.ToJsonString())))
        : example.ToJsonString();

    private static bool Accepts(string text)
    {
        var table = TomlReader.Read(new SourceText("map", text.TrimStart('\ufeff')), new Problems())!;
        return Schema.Evaluate(Element(JsonType.Value(table)!)).IsValid;
    }

    private static JsonElement Element(JsonNode node) => JsonDocument.Parse(node.ToJsonString()).RootElement;

    private static IEnumerable<string> Keys(JsonNode table) => table["properties"]!.AsObject().Select(key => key.Key);

    private static JsonNode TableOf(string name) => name switch
    {
        "services.x" => Parsed["properties"]!["services"]!["additionalProperties"]!,
        "ports.x" => Parsed["properties"]!["ports"]!["additionalProperties"]!["anyOf"]![1]!,
        _ => Parsed["properties"]![name]!,
    };
}
