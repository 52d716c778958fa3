using System.Text;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config;

/// <summary>
/// The map as <c>check --show</c> prints it: TOML 1.0 with every key that has a value, defaults and includes resolved, paths absolute.
/// Loading it gives the same map, and so the same text.
/// </summary>
public static class MapText
{
    /// <summary>The text of a map, with a line end at its end.</summary>
    public static string Format(Map map)
    {
        var text = new StringBuilder();
        Append(text, "daemon", DaemonKeys.All, map.Daemon, Scope.Always);
        Append(text, "log", LogKeys.All, map.Log, Scope.Always);
        text.Append("[ports]\n");
        foreach (var port in map.Ports)
        {
            var entries = Entries(PortKeys.All, port, PortKeys.ScopeOf(port.Key));
            text.Append(TomlWriter.Key(port.Key.Text)).Append(" = ").Append(TomlWriter.Table(entries)).Append('\n');
        }

        text.Append('\n');
        foreach (var service in map.Services)
        {
            Append(text, $"services.{TomlWriter.Key(service.Name)}", ServiceKeys.All, service, ServiceKeys.ScopeOf(service));
        }

        // The empty line after the last table goes.
        return text.Remove(text.Length - 1, 1).ToString();
    }

    private static void Append<TRecord>(StringBuilder text, string header, IReadOnlyList<Key<TRecord>> keys, TRecord record, Scope scope)
    {
        text.Append('[').Append(header).Append("]\n");
        foreach (var (key, value) in Entries(keys, record, scope))
        {
            text.Append(key).Append(" = ").Append(value).Append('\n');
        }

        text.Append('\n');
    }

    private static IEnumerable<(string Key, string Value)> Entries<TRecord>(
        IEnumerable<Key<TRecord>> keys, TRecord record, Scope scope) =>
        keys.Where(key => (key.Scope & scope) != 0)
            .Select(key => (key.Name, Value: key.Show(record)!))
            .Where(entry => entry.Value is not null);
}
