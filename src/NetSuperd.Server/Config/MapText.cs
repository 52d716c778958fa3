using System.Text;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config;

/// <summary>
/// The map as text: every key that has a value, defaults and includes resolved, paths absolute. Loading what <see cref="Format"/> prints
/// gives the same map, and so the same text.
/// </summary>
public static class MapText
{
    /// <summary>The text of a map in TOML 1.0, as <c>check --show</c> prints it, with a line end at its end.</summary>
    public static string Format(Map map)
    {
        var text = new StringBuilder();
        AppendTables(text, Whole(map));
        text.Append("[ports]\n");
        foreach (var port in Ports(map))
        {
            text.Append(port.Name).Append(" = ").Append(TomlWriter.Table(port.Entries)).Append('\n');
        }

        text.Append('\n');
        AppendTables(text, Services(map));

        // Removes the empty line after the last table.
        return text.Remove(text.Length - 1, 1).ToString();
    }

    /// <summary>The same keys one by one, in the same order; two maps are compared by them.</summary>
    public static IReadOnlyList<MapEntry> Entries(Map map) =>
    [
        .. Whole(map).Concat(Ports(map)).Concat(Services(map))
            .SelectMany(table => table.Entries.Select(entry => new MapEntry($"{table.Header}.{entry.Key}", entry.Value)
            {
                IsImplied = table.Written?.Contains(entry.Key) == false,
            })),
    ];

    /// <summary>Whether the value of a key, as <see cref="Entries"/> names it, is only for root and the daemon's user.</summary>
    public static bool IsSecret(string path) =>
        path.StartsWith($"{MapKeys.Services}.", StringComparison.Ordinal)
        && ServiceKeys.Secrets.Contains(path[(path.LastIndexOf('.') + 1)..]);

    /// <summary>The keys of a service that matter to a running child: what it was given, and which clients are admitted.</summary>
    internal static IEnumerable<string> OfChild(Service service) =>
        Values(
            ServiceKeys.OfChild.Where(key => !ServiceKeys.Newer.Contains(key) || key.Show(service) != key.DefaultText),
            service,
            ServiceKeys.ScopeOf(service))
            .Select(entry => $"{entry.Key} = {entry.Value}");

    private static IEnumerable<Table> Whole(Map map) =>
    [
        new Table(MapKeys.Daemon, null, Values(map, MapKeys.Daemon, DaemonKeys.All, map.Daemon, Scope.Always)),
        new Table(MapKeys.Log, null, Values(map, MapKeys.Log, LogKeys.All, map.Log, Scope.Always)),
        .. map.DefaultMaxPerSource is { } ofSource
            ? [new Table(MapKeys.Defaults, null, [(AdmissionKeys.MaxPerSource.Name, AdmissionKeys.MaxPerSource.Format(ofSource))])]
            : Array.Empty<Table>(),
    ];

    private static IEnumerable<Table> Ports(Map map) => map.PortEntries.Select(port =>
        new Table(
            MapKeys.Ports, TomlWriter.Key(port.Entry), Values(map, MapKeys.Ports, PortKeys.All, port, PortKeys.ScopeOf(port.Key)))
        {
            Written = port.Written,
        });

    private static IEnumerable<Table> Services(Map map) => map.Services.Select(service =>
        new Table(
            MapKeys.Services,
            TomlWriter.Key(service.Name),
            Values(map, MapKeys.Services, ServiceKeys.All, service, ServiceKeys.ScopeOf(service)))
        {
            Written = service.Written,
        });

    private static void AppendTables(StringBuilder text, IEnumerable<Table> tables)
    {
        foreach (var table in tables)
        {
            text.Append('[').Append(table.Header).Append("]\n");
            foreach (var (key, value) in table.Entries)
            {
                text.Append(key).Append(" = ").Append(value).Append('\n');
            }

            text.Append('\n');
        }
    }

    /// <summary>The values of a table. Keys that the system does not have are left out.</summary>
    private static IEnumerable<(string Key, string Value)> Values<TRecord>(
        Map map, string section, IEnumerable<Key<TRecord>> keys, TRecord record, Scope scope) =>
        Values(keys.Where(key => !map.Absent.ContainsKey($"{section}.{key.Name}")), record, scope);

    private static IEnumerable<(string Key, string Value)> Values<TRecord>(IEnumerable<Key<TRecord>> keys, TRecord record, Scope scope) =>
        keys.Where(key => (key.Scope & scope) != 0)
            .Select(key => (key.Name, Value: key.Show(record)!))
            .Where(entry => entry.Value is not null);

    /// <summary>A table of the map, or of one of its ports or services, whose name is a key in TOML.</summary>
    private sealed record Table(string Section, string? Name, IEnumerable<(string Key, string Value)> Entries)
    {
        /// <summary>The keys that the table itself has; null: that is not told.</summary>
        public IReadOnlyList<string>? Written { get; init; }

        public string Header => Name is null ? Section : $"{Section}.{Name}";
    }
}
