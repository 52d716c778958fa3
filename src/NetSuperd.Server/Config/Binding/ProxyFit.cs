using System.Collections.Immutable;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>The proxies of an entry of <c>[ports]</c> whose header is believed.</summary>
internal static class ProxyFit
{
    /// <summary>The proxies; null: the socket takes no header.</summary>
    public static ImmutableArray<PeerRule>? TrustedOf(Problems problems, PortKey key, Section<Port> section)
    {
        var isRequired = section.GetOrNull(PortKeys.ProxyProtocol) == ProxyProtocol.Required;
        if (section.Find(PortKeys.Trusted.Name) is not { } entry)
        {
            if (isRequired)
            {
                problems.Error(
                    section.Find(PortKeys.ProxyProtocol.Name)!.KeyAt,
                    "'proxy_protocol' needs the proxies whose header is believed, such as trusted = [\"10.0.0.0/8\"]: any other client "
                    + "could name an address that is not its own");
            }

            return null;
        }

        if (!isRequired && section.IsSound(PortKeys.ProxyProtocol))
        {
            problems.Error(entry.KeyAt, "'trusted' names the proxies that send a PROXY header; add proxy_protocol = \"required\"");
        }

        if (!isRequired || !section.TryGet(PortKeys.Trusted, out var list) || list.Rules is not { } trusted)
        {
            return null;
        }

        if (trusted.IsEmpty)
        {
            problems.Error(entry.KeyAt, "'trusted' names no proxy, so that every connection would be refused");
        }

        if (!key.Transport.IsStream)
        {
            problems.Error(
                section.Find(PortKeys.ProxyProtocol.Name)!.KeyAt,
                $"'proxy_protocol' cannot be applied: a PROXY header is the beginning of a stream, and '{key}' is {key.Transport.Noun}");
        }

        foreach (var rule in trusted)
        {
            Warn(problems, key, rule);
        }

        return trusted;
    }

    /// <summary>Reports a socket on which a child accepts the connections, and the daemon reads nothing.</summary>
    public static void Check(Problems problems, Port port, Section<Port> section)
    {
        if (port is { Trusted: not null, Service.Program.HasSockets: true })
        {
            problems.Error(
                section.Find(PortKeys.ProxyProtocol.Name)!.KeyAt,
                $"'proxy_protocol' cannot be applied: the child of '{port.Service.Name}' accepts the connections itself; the program has "
                + "to read the header");
        }
    }

    private static void Warn(Problems problems, PortKey key, PeerRule rule)
    {
        if (rule.IsIdentity != key.Transport.IsUnix || rule.IsVsock != key.Transport.IsVsock)
        {
            problems.Warning(rule.At, $"{rule.Text} can never match: no such peer connects to {key.Transport.Noun}");
        }
        else if (rule.Network is { PrefixLength: 0 })
        {
            problems.Warning(rule.At, $"{rule.Text} believes every client: each can name an address that is not its own");
        }
    }
}
