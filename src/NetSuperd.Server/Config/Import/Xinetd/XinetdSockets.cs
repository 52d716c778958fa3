using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The socket of a service: its type, protocol, port and addresses.</summary>
internal static class XinetdSockets
{
    private const string Datagrams = "dgram";

    private static readonly AddressFamily[] BothFamilies = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>Adds the sockets.</summary>
    /// <returns>Whether the map can have the service.</returns>
    public static bool Add(XinetdService service)
    {
        if (TransportOf(service) is not { } transport)
        {
            return false;
        }

        service.IsDatagram = transport.IsDatagram;
        if (service.IsBehindTcpmux)
        {
            return IsSoundBehindTcpmux(service, transport);
        }

        if (PortOf(service, transport) is not { } port || AddressesOf(service) is not { } addresses)
        {
            return false;
        }

        // The address "::" of such a socket means every address of both families, unless these say more.
        var families = FamiliesOf(service, addresses);
        var named = addresses.All(HostAddress.IsEvery) ? [] : addresses;
        service.Target.Sockets.AddRange(ForeignAddress.Sockets(transport, port, named, families));
        foreach (var socket in service.Target.Sockets)
        {
            if (transport.IsTcp && service.Settings.Find("flags", "NODELAY") is { } flag)
            {
                socket.Set(PortKeys.NoDelay, true, flag.At);
            }
        }

        return service.Target.Sockets.Count > 0;
    }

    private static Transport? TransportOf(XinetdService service)
    {
        var (type, protocol) = (service.Settings.One("socket_type"), service.Settings.One("protocol"));
        if (type is null && protocol is null)
        {
            service.Lost(service.Name.At, $"'{service.Name.Text}' has neither socket_type nor protocol, so xinetd left it out: add one");
            return null;
        }

        if (type is not null && type.Text.ToLowerInvariant() is not ("stream" or Datagrams))
        {
            service.Lost(
                type.At,
                $"no service has sockets of type '{type.Text}' here, and xinetd knows none but stream, dgram, raw and seqpacket: let the "
                + "program run by itself");
            return null;
        }

        var isDatagram = type?.Text.Equals(Datagrams, StringComparison.OrdinalIgnoreCase);
        var usual = Transports.Protocols.Select(kind => kind.Transport).First(kind => kind.IsDatagram == (isDatagram ?? false));
        if (protocol is null)
        {
            return usual;
        }

        if (Transports.Named(protocol.Text.ToLowerInvariant(), TransportFamily.Ip) is not { } transport
            || (isDatagram ?? transport.IsDatagram) != transport.IsDatagram)
        {
            service.Lost(
                protocol.At,
                $"sockets of type {type?.Text ?? "stream"} and protocol '{protocol.Text}' do not fit together, so xinetd could not "
                + $"open one: write {usual.Word}");
            return null;
        }

        return transport;
    }

    private static (uint Number, Word Word)? PortOf(XinetdService service, Transport transport)
    {
        var (name, port) = (service.Name, service.Settings.One("port"));
        var listed = ForeignAddress.Port(name.Text, transport.ServicesWord, service.Importing.Names);
        listed = char.IsAsciiDigit(name.Text[0]) ? null : listed;
        if (port is null)
        {
            if (listed is { } found && service.Settings.Find("type", "UNLISTED") is null)
            {
                return (found, name);
            }

            service.Lost(name.At, service.Settings.Find("type", "UNLISTED") is { }
                ? $"'{name.Text}' is UNLISTED and has no port, so xinetd left it out: add one"
                : ForeignAddress.Unlisted(name.Text, "xinetd"));
            return null;
        }

        if (!uint.TryParse(port.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > ushort.MaxValue)
        {
            service.Lost(port.At, $"'{port.Text}' is no port that can be served: write a number from 1 to 65535");
            return null;
        }

        if (service.Settings.Find("type", "UNLISTED") is null && listed is { } expected && expected != number)
        {
            service.Break(
                port.At,
                $"services(5) of this system has port {expected} for '{name.Text}', and another one needs type = UNLISTED");
        }

        return (number, port);
    }

    private static IReadOnlyList<IPAddress>? AddressesOf(XinetdService service)
    {
        if (service.Settings.One("bind") is not { } bind)
        {
            return [];
        }

        var addresses = ForeignAddress.Read(bind, service.Importing);
        if (addresses.Count == 0)
        {
            service.Lost(
                bind.At,
                $"'{service.Name.Text}' is left out: '{bind.Text}' is no address and no name in /etc/hosts; write the address");
            return null;
        }

        if (addresses.Any(address => address.IsIPv6Multicast || address.GetAddressBytes() is [>= 224 and <= 239, _, _, _]))
        {
            service.Lost(bind.At, $"xinetd joined the multicast group {bind.Text}, and this daemon does not: the program has to");
        }

        if (addresses.Count > 1 && service.Settings.Find("flags", "IPv4") is null == service.Settings.Find("flags", "IPv6") is null)
        {
            service.Changed(
                bind.At, $"xinetd listened on one address of '{bind.Text}', the first that the system found: so the map has "
                    + $"{string.Join(" and ", addresses)}, of which one may be new");
        }

        return addresses;
    }

    /// <summary>
    /// xinetd opens one socket of IPv6, which gets IPv4 as well; the flag IPv4 or an address of IPv4 changes that. Any value of v6only,
    /// even "no", makes the socket one of IPv6 only; in the defaults it does nothing (activate_normal in service.c).
    /// </summary>
    private static AddressFamily[] FamiliesOf(XinetdService service, IReadOnlyList<IPAddress> addresses)
    {
        var (four, six) = (service.Settings.Find("flags", "IPv4"), service.Settings.Find("flags", "IPv6"));
        if (addresses.Any(address => !HostAddress.IsEvery(address)))
        {
            return addresses.Count < 2 || four is null == six is null ? BothFamilies : One(four is null);
        }

        if (addresses is [{ AddressFamily: AddressFamily.InterNetwork }] || (four is not null && six is null))
        {
            return One(isSix: false);
        }

        var only = service.Settings.One("v6only");
        if (only is not null && service.Settings.IsOwn("v6only"))
        {
            if (!only.Text.Equals("yes", StringComparison.OrdinalIgnoreCase))
            {
                service.Changed(
                    only.At,
                    "any value of v6only, even 'no', makes xinetd listen on IPv6 only: so does the map; "
                    + "write the port without an address for IPv4 as well");
            }

            return One(isSix: true);
        }

        if (only?.Text.Equals("yes", StringComparison.OrdinalIgnoreCase) == true)
        {
            service.ChangedOnce(
                only.At,
                "xinetd takes no notice of v6only in defaults, so its sockets serve IPv4 as well: so do those of the map; "
                + "write \"[::]:79\" for a port of IPv6 only");
        }

        return BothFamilies;
    }

    private static AddressFamily[] One(bool isSix) => [isSix ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork];

    private static bool IsSoundBehindTcpmux(XinetdService service, Transport transport)
    {
        if (!transport.IsTcp)
        {
            service.Lost(service.Name.At, $"'{service.Name.Text}' is behind tcpmux, which is TCP, so xinetd left it out");
            return false;
        }

        if (service.Settings.Find("type", "UNLISTED") is null)
        {
            service.Break(service.Settings.At("type")!, "a service behind tcpmux needs type = UNLISTED as well");
        }

        return true;
    }
}
