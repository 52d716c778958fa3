using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config;

/// <summary>
/// The map as a JSON schema, for editors and for programs such as taplo: every key with its type, default, description and examples. What
/// a key alone does not show, such as which keys go together, only <c>netsuperd check</c> knows.
/// </summary>
public static class MapSchema
{
    private const string Description = "description";

    // The descriptions have quotes, which are to be read by people.
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema of a map, which is also that of an included file, with a line end at its end.</summary>
    public static string Format()
    {
        var map = JsonType.Table(
        [
            (MapKeys.Include, With(
                "other files with [ports] and [services]: paths and patterns, relative to the folder of this file",
                Includes.Kind.Schema)),
            (MapKeys.Import, With(
                "files of inetd, xinetd or systemd that are translated at every load: FORMAT:PATH", LiveImports.Kind.Schema)),
            (MapKeys.Daemon, With("the daemon itself", Table(DaemonKeys.All))),
            (MapKeys.Log, With("the log", Table(LogKeys.All))),
            (MapKeys.Defaults, With(
                "keys for every service that does not set its own",
                Table(ServiceKeys.All.Where(key => key.Scope.HasFlag(Scope.Defaults))))),
            (MapKeys.Ports, With("which service answers on which socket", Each(Port()))),
            (MapKeys.Services, With("what runs", Each(Service()))),
        ]);
        JsonObject schema = new()
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "The map of netsuperd",
            [Description] = "netsuperd.toml(5) describes every key; netsuperd check knows every rule",
        };
        foreach (var (name, value) in map)
        {
            schema[name] = value?.DeepClone();
        }

        return schema.ToJsonString(Readable) + "\n";
    }

    private static JsonObject Port()
    {
        var table = Table(PortKeys.All);
        table["oneOf"] = new JsonArray(Required(PortKeys.Service.Name), Required(PortKeys.By.Name));
        return With("the service that answers on the socket, or a table of options of the socket", JsonType.Either(
            PortKeys.Service.Schema, table));
    }

    private static JsonObject Service()
    {
        var table = With("a service: a handler inside the daemon, a program, or a server to which it forwards", Table(ServiceKeys.All));
        table["oneOf"] = new JsonArray(
            Required(ServiceKeys.Handler.Name), Required(ServiceKeys.Exec.Name), Required(ForwardKeys.Forward.Name));
        return table;
    }

    private static JsonObject Required(string key) => new() { ["required"] = new JsonArray(key) };

    private static JsonObject Each(JsonObject value)
    {
        var table = JsonType.Of("object");
        table["additionalProperties"] = value;
        return table;
    }

    private static JsonObject Table<TRecord>(IEnumerable<Key<TRecord>> keys) =>
        JsonType.Table(keys.Select(key => (key.Name, key.Schema)));

    private static JsonObject With(string text, JsonObject schema)
    {
        schema[Description] = text;
        return schema;
    }
}
