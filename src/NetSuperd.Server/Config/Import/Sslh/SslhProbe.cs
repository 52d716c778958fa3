namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>A probe of sslh, and the test of a rule that asks the same.</summary>
/// <param name="Name">The probe.</param>
/// <param name="Test">The test; null: it takes every client.</param>
/// <param name="Value">What the test has.</param>
internal sealed record SslhProbe(string Name, string? Test, object? Value)
{
    /// <summary>The name of the probe for patterns.</summary>
    public const string Regex = "regex";

    /// <summary>The name of an entry for silent clients, which is no probe.</summary>
    public const string Timeout = "timeout";

    /// <summary>The name of the probe for TLS.</summary>
    public const string Tls = "tls";

    private static readonly IReadOnlyList<SslhProbe> All =
    [
        new("ssh", "ssh", true), new(Tls, Tls, true), new("ssl", Tls, true), new("http", "http", true), new("openvpn", "openvpn", true),
        new("xmpp", "xmpp", true), new("socks5", "socks5", true), new("msrdp", "rdp", true), new("tinc", "starts_with", "0 "),
        new("adb", Regex, @"^(?:\x00{20}\xff{4})?CNXN"), new("syslog", Regex, "^(?:[0-9]+ )?<[0-9]{1,3}>"),
        new(Regex, Regex, null), new("anyprot", null, null), new(Timeout, null, null),
    ];

    /// <summary>The probes that no map has.</summary>
    public static readonly IReadOnlyList<string> OfDatagrams = ["wireguard"];

    /// <summary>Whether an option of the command line is called like a probe.</summary>
    public static bool IsOption(string name) =>
        OfDatagrams.Contains(name) || (name is not (Timeout or Regex) && Named(name) is not null);

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => All.Select(probe => probe.Name);

    /// <summary>The probe of a name; null: there is none.</summary>
    public static SslhProbe? Named(string name) => All.FirstOrDefault(probe => probe.Name == name);
}
