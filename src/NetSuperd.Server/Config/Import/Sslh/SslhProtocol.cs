using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>An entry of <c>protocols</c>: a probe, and the server that gets its clients.</summary>
internal sealed class SslhProtocol
{
    private static readonly string[] Known =
    [
        "name", "host", "port", "service", "is_udp", "is_unix", "udp_timeout", "fork", "tfo_ok", "transparent", "resolve_on_forward",
        "log_level", "keepalive", "sni_hostnames", "alpn_protocols", "regex_patterns", "minlength", "max_connections", "proxyprotocol",
    ];

    private SslhProtocol(SslhProbe probe, ImportedService target, string name) => (Probe, Target, Name) = (probe, target, name);

    /// <summary>The probe.</summary>
    public SslhProbe Probe { get; }

    /// <summary>The forward to the server.</summary>
    public ImportedService Target { get; }

    /// <summary>What the forward is called in the map.</summary>
    public string Name { get; }

    /// <summary>The names of servers for which clients of TLS ask.</summary>
    public IReadOnlyList<Word> Hosts { get; private init; } = [];

    /// <summary>The protocols that clients of TLS offer.</summary>
    public IReadOnlyList<Word> Protocols { get; private init; } = [];

    /// <summary>The patterns.</summary>
    public IReadOnlyList<Word> Patterns { get; private init; } = [];

    /// <summary>Reads an entry, and adds its forward to the map.</summary>
    /// <returns>Null: it is left out, which has been said.</returns>
    public static SslhProtocol? Read(Importing importing, SslhGroup group, Position at, SslhSetting? isTransparent)
    {
        var map = importing.Map;
        var (name, host, port) = (group.Find("name"), group.Find("host"), group.Find("port"));
        if (name is null || host is null || (port is null && group.FindOn("is_unix") is null))
        {
            map.Lost(at, "a protocol needs name, host and port, and sslh did not start without them: the entry is left out");
            return null;
        }

        if (SslhProbe.Named(name.Text) is not { } probe || group.FindOn("is_udp") is not null)
        {
            map.Lost(name.At, group.FindOn("is_udp") is not null || SslhProbe.OfDatagrams.Contains(name.Text)
                ? $"'{name.Text}' is for datagrams, and by is for connections: write a forward for a socket of UDP"
                : $"'{name.Text}' is no probe of sslh, which did not start{Suggestion.For(name.Text, SslhProbe.Names)}");
            return null;
        }

        var target = new ImportedService(probe.Name, at);
        target.Set(ForwardKeys.Forward, group.FindOn("is_unix") is null ? ForeignTarget.Of(host.Text, port!.Text) : host.Text, host.At);
        SetOptions(map, target, group, isTransparent);
        return map.Add(target) is not { } added ? null : new SslhProtocol(probe, added, added.Name)
        {
            Hosts = Words(group, "sni_hostnames"), Protocols = Words(group, "alpn_protocols"), Patterns = Words(group, "regex_patterns"),
        };
    }

    private static List<Word> Words(SslhGroup group, string name) => [.. (group.Find(name)?.Items ?? []).Select(item => item.Word)];

    private static void SetOptions(ImportedMap map, ImportedService target, SslhGroup group, SslhSetting? isTransparent)
    {
        if (group.Find("proxyprotocol") is { Value: 1L or 2L } header)
        {
            target.Set(ForwardKeys.SendProxy, header.Value, header.At);
        }

        if (group.Find("max_connections") is { Value: > 0L } most)
        {
            target.Set(AdmissionKeys.MaxConnections, most.Value, most.At);
        }

        if (group.Find("log_level") is { Value: 0L } silent)
        {
            target.Set(ServiceKeys.Log, "none", silent.At);
        }

        if (group.Find("service") is { } wrapped)
        {
            target.Wrapped = wrapped.Word;
        }

        if ((group.Find("transparent") ?? isTransparent) is { IsOn: true } transparent)
        {
            if (group.FindOn("is_unix") is null)
            {
                target.Set(ForwardKeys.Transparent, value: true, transparent.At);
                map.ChangedOnce(transparent.At, ForeignTarget.RulesChange);
            }
            else
            {
                map.Lost(transparent.At, $"'{target.Name}' has no transparent: a unix socket sees no address; send_proxy tells it");
            }
        }

        Report(map, group);
    }

    /// <summary>Says what becomes of the settings that no key is for.</summary>
    private static void Report(ImportedMap map, SslhGroup group)
    {
        if (group.Find("minlength") is { } length)
        {
            map.Lost(length.At, "minlength is left out: the pattern itself decides as soon as it fits");
        }

        if (group.Find("fork") is { IsOn: true } fork)
        {
            map.ChangedOnce(fork.At, "fork is left out: a worker passes on the connections of all protocols");
        }

        if (group.Find("tfo_ok") is { IsOn: true } fast)
        {
            map.ChangedOnce(fast.At, "tfo_ok is left out: connections to targets are opened in the usual way");
        }

        if (group.Find("keepalive") is { IsOn: true } alive)
        {
            map.Kept(alive.At, "every TCP socket has keepalive");
        }

        if (group.Find("resolve_on_forward") is { } resolve)
        {
            map.Kept(resolve.At, "the name of a target is looked up when a client comes, and again and again");
        }

        _ = group.Find("udp_timeout");
        foreach (var odd in group.Rest.Where(odd => !Known.Contains(odd.Text)))
        {
            map.Lost(odd.At, $"'{odd.Text}' is no setting of a protocol of sslh{Suggestion.For(odd.Text, Known)}");
        }
    }
}
