using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>The options that no key of a map is for.</summary>
internal static class StunnelRest
{
    private const string OfLog = "the daemon has one log for all services, and [log] says where it goes and what it has";
    private const string OfOpenSsl = "the ciphers, the curves and the level of security are those of openssl.cnf(5) of this system";
    private const string OfSessions = "sessions are resumed by tickets whose key lives as long as a worker";
    private const string OfDevice = "the daemon takes certificates and keys from PEM files";
    private const string OfRandom = "random numbers are those of the system";
    private const string OfClient = "it is for a protocol or pre-shared keys with client = yes";
    private const string OfWindows = "it is an option of Windows";

    private static readonly Dictionary<string, (Outcome Outcome, string Message)> All = new(StringComparer.OrdinalIgnoreCase)
    {
        ["debug"] = (Outcome.Changed, OfLog), ["output"] = (Outcome.Changed, OfLog), ["log"] = (Outcome.Changed, OfLog),
        ["syslog"] = (Outcome.Changed, OfLog), ["logId"] = (Outcome.Changed, OfLog), ["service"] = (Outcome.Changed, OfLog),
        ["pid"] = (Outcome.Changed, "pid_file in [daemon] is that of this daemon"),
        ["foreground"] = (Outcome.Changed, "netsuperd run stays in the foreground"),
        ["setuid"] = (Outcome.Changed, "workers encrypt and pass on connections as the user nobody, or as user in the service"),
        ["setgid"] = (Outcome.Changed, "workers encrypt and pass on connections as the user nobody, or as user and group in the service"),
        ["chroot"] = (Outcome.Changed, "the daemon and its workers see the whole file system; a worker has no rights in it"),
        ["compression"] = (Outcome.Changed, "TLS is not compressed, which would tell what is encrypted (CVE-2012-4929)"),
        ["EGD"] = (Outcome.Changed, OfRandom), ["RNDbytes"] = (Outcome.Changed, OfRandom), ["RNDfile"] = (Outcome.Changed, OfRandom),
        ["RNDoverwrite"] = (Outcome.Changed, OfRandom),
        ["engine"] = (Outcome.Lost, OfDevice), ["engineCtrl"] = (Outcome.Lost, OfDevice), ["engineDefault"] = (Outcome.Lost, OfDevice),
        ["engineId"] = (Outcome.Lost, OfDevice), ["engineNum"] = (Outcome.Lost, OfDevice),
        ["fips"] = (Outcome.Lost, "the mode FIPS 140 is that of OpenSSL of this system"),
        ["iconActive"] = (Outcome.Changed, OfWindows), ["iconError"] = (Outcome.Changed, OfWindows),
        ["iconIdle"] = (Outcome.Changed, OfWindows), ["taskbar"] = (Outcome.Changed, OfWindows),
        ["ciphers"] = (Outcome.Lost, OfOpenSsl), ["ciphersuites"] = (Outcome.Lost, OfOpenSsl), ["curve"] = (Outcome.Lost, OfOpenSsl),
        ["curves"] = (Outcome.Lost, OfOpenSsl), ["securityLevel"] = (Outcome.Lost, OfOpenSsl), ["config"] = (Outcome.Lost, OfOpenSsl),
        ["sessionCacheSize"] = (Outcome.Changed, OfSessions), ["sessionCacheTimeout"] = (Outcome.Changed, OfSessions),
        ["sessionResume"] = (Outcome.Changed, OfSessions), ["sessiond"] = (Outcome.Changed, OfSessions),
        ["session"] = (Outcome.Changed, OfSessions),
        ["ticketKeySecret"] = (Outcome.Changed, OfSessions), ["ticketMacSecret"] = (Outcome.Changed, OfSessions),
        ["renegotiation"] = (Outcome.Changed, "clients cannot renegotiate, and TLS 1.3 has no renegotiation"),
        ["redirect"] = (Outcome.Lost, "a client without the certificate that it needs is refused, and not passed on to another server"),
        ["reset"] = (Outcome.Kept, "a connection that breaks off is reset at the other end"),
        ["retry"] = (Outcome.Changed, "it is for connect with exec"),
        ["stack"] = (Outcome.Changed, "connections have no threads of their own"),
        ["failover"] = (Outcome.Changed, "it is for several lines connect"),
        ["TIMEOUTclose"] = (Outcome.Changed, "an orderly end waits for the client for 2 s at most"),
        ["OCSPflag"] = (Outcome.Changed, "it is for OCSP"), ["OCSPnonce"] = (Outcome.Changed, "it is for OCSP"),
        ["PSKidentity"] = (Outcome.Changed, OfClient), ["protocolAuthentication"] = (Outcome.Changed, OfClient),
        ["protocolDomain"] = (Outcome.Changed, OfClient), ["protocolHeader"] = (Outcome.Changed, OfClient),
        ["protocolHost"] = (Outcome.Changed, OfClient), ["protocolPassword"] = (Outcome.Changed, OfClient),
        ["protocolUsername"] = (Outcome.Changed, OfClient),
    };

    // Those that a service may be without, such as the ones of a program where it has a target.
    private static readonly string[] Unused =
    [
        "accept", "connect", "exec", "execArgs", "pty", "local", "delay", "TIMEOUTconnect", "TIMEOUTidle", "TIMEOUTbusy", "protocol",
        "transparent", "cert", "key", "CAfile", "CApath", "CAengine", "CRLfile", "CRLpath", "OCSP", "OCSPaia", "verify", "verifyChain",
        "verifyPeer", "requireCert", "checkHost", "checkIP", "checkEmail", "sslVersion", "sslVersionMin", "sslVersionMax", "options",
        "socket", "sni", "client", "libwrap", "ident", "PSKsecrets",
    ];

    private static void Say(StunnelService service, StunnelLine line, Outcome outcome, string message)
    {
        var (name, at) = (line.Name.Text, line.Name.At);
        switch (outcome)
        {
            case Outcome.Kept:
                service.Kept(at, message);
                break;
            case Outcome.Lost when line.Value.Text is "no":
                service.Kept(at, $"{name} = no is the same as without it");
                break;
            case Outcome.Lost:
                service.Lost(at, $"{name} is left out: {message}");
                break;
            default:
                service.Changed(at, $"{name} is left out: {message}");
                break;
        }
    }

    // What holds for all services may have none that it is for.
    private static void SayUnused(StunnelService service, StunnelLine line)
    {
        if (service.Section.Lines.Contains(line))
        {
            service.Changed(line.Name.At, $"{line.Name.Text} has no effect in this service, and is left out");
        }
    }

    /// <summary>Reports the options of a service that nothing has asked for.</summary>
    public static void Report(StunnelService service) => Report(service, onlyKnown: false);

    /// <summary>Reports the options that nothing has asked for.</summary>
    /// <param name="service">The service.</param>
    /// <param name="onlyKnown">Whether those that a service has, or that are unknown, are left out.</param>
    public static void Report(StunnelService service, bool onlyKnown)
    {
        foreach (var line in service.Section.Rest.ToList())
        {
            var name = line.Name;
            if (All.TryGetValue(name.Text, out var known))
            {
                Say(service, line, known.Outcome, known.Message);
            }
            else if (onlyKnown)
            {
                // The services have them.
            }
            else if (Unused.Contains(name.Text, StringComparer.OrdinalIgnoreCase))
            {
                SayUnused(service, line);
            }
            else
            {
                service.Break(name.At, $"'{name.Text}' is no option of stunnel{Suggestion.For(name.Text, [.. All.Keys, .. Unused])}");
            }
        }
    }
}
