using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>The settings of sslh that no key of a map is for.</summary>
internal static class SslhRest
{
    private const string OfLog = "the daemon has one log for all services, and [log] says where it goes and what it has";

    private static readonly Dictionary<string, string> All = new()
    {
        ["verbose"] = OfLog, ["numeric"] = OfLog, ["syslog_facility"] = OfLog, ["logfile"] = OfLog,
        ["user"] = "workers tell the protocols and pass on connections as the user nobody; user in a service names another one",
        ["chroot"] = "workers see the whole file system, and have no rights in it",
        ["pidfile"] = "pid_file in [daemon] is that of this daemon",
        ["foreground"] = "netsuperd run stays in the foreground", ["background"] = "netsuperd run stays in the foreground",
        ["version"] = "netsuperd --version prints that of this daemon",
        ["udp_max_connections"] = "it is for datagrams", ["prefix"] = "it is for tests of sslh",
    };

    private static readonly string[] Used = ["listen", "protocols", "timeout", "on_timeout", "transparent", "inetd"];

    /// <summary>Reports the settings that nothing has asked for.</summary>
    public static void Report(ImportedMap map, SslhGroup settings)
    {
        foreach (var name in settings.Rest.ToList())
        {
            var plain = name.Text.Replace('-', '_');
            if ((All.GetValueOrDefault(plain) ?? (plain.StartsWith("verbose_", StringComparison.Ordinal) ? OfLog : null)) is { } why)
            {
                map.Changed(name.At, $"{name.Text} is left out: {why}");
            }
            else if (!Used.Contains(plain))
            {
                map.Lost(name.At, $"'{name.Text}' is no setting of sslh{Suggestion.For(name.Text, [.. All.Keys, .. Used])}");
            }
        }
    }
}
