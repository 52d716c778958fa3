using System.Text.RegularExpressions;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.FirstBytes;

/// <summary>The rules of <c>by</c>: the first that the bytes fit decides, and one that may still fit delays those behind it.</summary>
internal sealed class FirstBytesRules
{
    private const string Tls = "tls";
    private const string StartsWith = "starts_with";
    private const string Pattern = "regex";
    private const string Timeout = "timeout";
    private const string Host = "sni:";
    private const string Protocol = "alpn:";

    private static readonly TimeSpan LeastSilence = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    // Those that are only switched on.
    private static readonly Dictionary<string, Probe> Switches = new()
    {
        ["http"] = Probe.Http,
        ["ssh"] = Probe.Ssh,
        ["openvpn"] = Probe.OpenVpn,
        ["xmpp"] = Probe.Xmpp,
        ["socks5"] = Probe.Socks5,
        ["rdp"] = Probe.Rdp,
        ["postgres"] = Probe.Postgres,
    };

    private static readonly string[] Tests = [Tls, .. Switches.Keys, StartsWith, Pattern, Timeout];

    private readonly FirstBytesRule[] _rules;

    /// <summary>Reads the rules.</summary>
    /// <exception cref="SettingsException">One is wrong, or there is none.</exception>
    public FirstBytesRules(Settings settings)
    {
        var tables = settings.GetTables(ServiceByFirstBytes.Key);
        if (tables.Count == 0)
        {
            throw settings.Error(ServiceByFirstBytes.Key, "'by' must have rules such as [{ tls = true, service = \"web\" }]");
        }

        _rules = [.. tables.Select((table, index) => Read(table, isLast: index == tables.Count - 1))];
        if (_rules.Count(rule => rule.Probe == Probe.Silence) > 1)
        {
            throw settings.Error(ServiceByFirstBytes.Key, "'by' has several rules with timeout, and only one can be for a silent client");
        }
    }

    /// <summary>How long a client is waited for that has a rule of its own where it is silent; null: none has.</summary>
    public TimeSpan? Silence => OfSilence?.Silence;

    /// <summary>The service of a client that is silent: that of its rule, or else that of every other client.</summary>
    public string? ServiceOfSilent => (OfSilence ?? Array.Find(_rules, rule => rule.Probe == Probe.Any))?.Service;

    private FirstBytesRule? OfSilence => Array.Find(_rules, rule => rule.Probe == Probe.Silence);

    /// <summary>Decides by the first bytes of a connection.</summary>
    /// <param name="bytes">The bytes, one at least.</param>
    /// <param name="isAll">Whether no more are waited for.</param>
    /// <param name="service">The service; null: none of the rules fits.</param>
    /// <returns>False where more bytes decide.</returns>
    public bool TryDecide(ReadOnlySpan<byte> bytes, bool isAll, out string? service)
    {
        foreach (var rule in _rules)
        {
            service = rule.Service;
            switch (rule.Test(bytes))
            {
                case Fit.Yes:
                    return true;
                case Fit.More when !isAll:
                    service = null;
                    return false;
            }
        }

        service = null;
        return true;
    }

    private static FirstBytesRule Read(Settings table, bool isLast)
    {
        const string Service = "service";
        if (table.Keys.FirstOrDefault(key => key != Service && !Tests.Contains(key)) is { } unknown)
        {
            throw table.Error(unknown, $"unknown key '{unknown}' in a rule of 'by'{Suggestion.For(unknown, [Service, .. Tests])}");
        }

        var service = table.GetString(Service);
        if (service.Length == 0)
        {
            throw table.Error(table.Keys.FirstOrDefault() ?? Service, "a rule of 'by' needs service = \"NAME\"");
        }

        table.NameService(Service, service);
        switch (table.Keys.Where(Tests.Contains).ToList())
        {
            case [] when isLast:
                return new FirstBytesRule(Probe.Any, service);
            case []:
                throw table.Error(Service, "a rule without a test takes every client, so that no rule behind it is reached: write it last");
            case [var test]:
                return Read(table, test, service);
            case var tests:
                throw table.Error(tests[1], $"a rule of 'by' has one test, and '{tests[1]}' is a second one: write another rule");
        }
    }

    private static FirstBytesRule Read(Settings table, string test, string service) => test switch
    {
        Tls => ReadTls(table, service),
        StartsWith => new FirstBytesRule(Probe.StartsWith, service) { Text = TextOf(table, test, table.GetString(test)) },
        Pattern => new FirstBytesRule(Probe.Regex, service) { Pattern = PatternOf(table, test) },
        Timeout => new FirstBytesRule(Probe.Silence, service) { Silence = SilenceOf(table, test) },
        _ => new FirstBytesRule(IsOn(table, test) ? Switches[test] : Probe.Any, service),
    };

    private static FirstBytesRule ReadTls(Settings table, string service)
    {
        if (table.Values[Tls].Value is not string text)
        {
            IsOn(table, Tls);
            return new FirstBytesRule(Probe.Tls, service);
        }

        return table.GetString(Tls) switch
        {
            _ when text.StartsWith(Host, StringComparison.Ordinal) =>
                new FirstBytesRule(Probe.TlsHost, service) { Text = TextOf(table, Tls, text[Host.Length..].TrimEnd('.')) },
            _ when text.StartsWith(Protocol, StringComparison.Ordinal) =>
                new FirstBytesRule(Probe.TlsProtocol, service) { Text = TextOf(table, Tls, text[Protocol.Length..]) },
            _ => throw table.Error(
                Tls,
                "'tls' must be true, a host such as \"sni:git.example.org\" or \"sni:*.example.org\", or a protocol such as \"alpn:h2\""),
        };
    }

    private static bool IsOn(Settings table, string test) =>
        table.GetBoolean(test) ? true : throw table.Error(test, $"'{test}' must be true; a rule without a test takes every client");

    private static string TextOf(Settings table, string test, string text) =>
        text.Length > 0 ? text : throw table.Error(test, $"'{test}' is empty, and every client would fit it");

    private static TimeSpan SilenceOf(Settings table, string test) =>
        table.GetDuration(test) is var time && time >= LeastSilence && time <= LongestSilence ? time
        : throw table.Error(test, "'timeout' must be from 10ms to 1m");

    private static Regex PatternOf(Settings table, string test)
    {
        try
        {
            return ServiceByFirstBytes.Pattern(TextOf(table, test, table.GetString(test)));
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw table.Error(test, $"'{test}' is not a pattern that can be used: {wrong.Message}");
        }
    }
}
