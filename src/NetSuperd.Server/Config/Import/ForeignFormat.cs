namespace NetSuperd.Server.Config.Import;

/// <summary>A program whose configuration can be imported.</summary>
public enum ForeignFormat
{
    /// <summary>inetd.conf of OpenBSD, Debian, FreeBSD, NetBSD and GNU.</summary>
    Inetd,

    /// <summary>xinetd.conf(5).</summary>
    Xinetd,

    /// <summary>systemd.socket(5) with its service.</summary>
    Systemd,

    /// <summary>A script that runs tcpserver(1) or one of its kind, and the rules of tcprules(1).</summary>
    Tcpserver,

    /// <summary>hosts.allow and hosts.deny, hosts_access(5).</summary>
    Hosts,

    /// <summary>rinetd.conf, rinetd(8).</summary>
    Rinetd,

    /// <summary>stunnel.conf, stunnel(8).</summary>
    Stunnel,

    /// <summary>sslh.cfg, or the command line of sslh(8).</summary>
    Sslh,
}

/// <summary>The words of the formats.</summary>
public static class ForeignFormats
{
    private static readonly (string Word, ForeignFormat Format)[] Words =
    [
        ("inetd", ForeignFormat.Inetd),
        ("xinetd", ForeignFormat.Xinetd),
        ("systemd", ForeignFormat.Systemd),
        ("tcpserver", ForeignFormat.Tcpserver),
        ("hosts", ForeignFormat.Hosts),
        ("rinetd", ForeignFormat.Rinetd),
        ("stunnel", ForeignFormat.Stunnel),
        ("sslh", ForeignFormat.Sslh),
    ];

    /// <summary>All of them, for a message.</summary>
    public static string AllWords => string.Join(", ", Words.Select(pair => pair.Word));

    /// <summary>The format by its word; null: there is none.</summary>
    public static ForeignFormat? Named(string word) =>
        Words.Where(pair => pair.Word == word).Select(pair => (ForeignFormat?)pair.Format).FirstOrDefault();
}
