using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>The sockets of sslh: the entries of <c>listen</c>.</summary>
internal static class SslhListen
{
    private static readonly AddressFamily[] BothFamilies = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];
    private static readonly string[] Known = ["name", "host", "port", "is_udp", "is_unix", "keepalive", "proxyprotocol"];

    /// <summary>Adds them.</summary>
    public static void Add(Importing importing, ImportedService front, SslhGroup settings)
    {
        var entries = settings.Groups("listen");
        foreach (var (group, at) in entries)
        {
            Add(importing, front, group, at);
        }

        if (settings.FindOn("inetd") is { } inetd)
        {
            importing.Map.Lost(inetd.At, "sslh was started by inetd or xinetd, which has its port: write it into [ports]");
        }
        else if (entries.Count == 0)
        {
            importing.Map.Lost(front.At, "sslh has no listen here, and got its sockets from systemd: write them into [ports]");
        }
    }

    private static void Add(Importing importing, ImportedService front, SslhGroup group, Position at)
    {
        var (map, host, port) = (importing.Map, group.Find("host"), group.Find("port"));
        _ = (group.Find("name"), group.Find("keepalive"));
        if (group.FindOn("is_udp") is { } datagrams)
        {
            map.Lost(datagrams.At, "the socket is for datagrams, and by is for connections: write a forward for a socket of UDP");
        }
        else if (group.FindOn("is_unix") is not null && host is not null)
        {
            front.Sockets.Add(new ImportedSocket(new PortKey { Transport = Transport.UnixStream, Path = host.Text }, host.At));
        }
        else if (host is null || port is null)
        {
            map.Lost(at, "a socket needs host and port, and sslh did not start without them: the entry is left out");
        }
        else if (ForeignAddress.Port(port.Text, Transport.Tcp.ServicesWord, importing.Names) is not { } number)
        {
            map.Lost(port.At, ForeignAddress.Unlisted(port.Text, "sslh"));
        }
        else if (ForeignAddress.Read(host.Word, importing) is not { Count: > 0 } addresses)
        {
            map.Lost(host.At, $"'{host.Text}' is no address and no name in /etc/hosts, so its socket is left out: write the address");
        }
        else
        {
            // A socket on every address of IPv6 is one of IPv4 as well.
            var named = addresses.Any(address => address.Equals(IPAddress.IPv6Any)) ? [] : addresses;
            front.Sockets.AddRange(ForeignAddress.Sockets(Transport.Tcp, (number, port.Word), named, BothFamilies));
        }

        if (group.FindOn("proxyprotocol") is { } header)
        {
            const string Reason = "each connection begins with a PROXY header, and the map has to say which proxies are believed: write "
                + "proxy_protocol and trusted at the socket, and remove enabled = false";
            front.Disable(front.At);
            front.Remarks.Add(Reason);
            map.Lost(header.At, $"'{front.Name}' is disabled: {Reason}");
        }

        foreach (var odd in group.Rest.Where(odd => !Known.Contains(odd.Text)))
        {
            map.Lost(odd.At, $"'{odd.Text}' is no setting of a socket of sslh{Suggestion.For(odd.Text, Known)}");
        }
    }
}
