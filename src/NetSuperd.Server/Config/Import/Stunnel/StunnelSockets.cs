using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>The socket of a service: <c>accept</c> and the options of <c>socket</c>.</summary>
internal static class StunnelSockets
{
    private static readonly AddressFamily[] BothFamilies = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    private static readonly Dictionary<string, Key<Port>> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SO_RCVBUF"] = PortKeys.ReceiveBuffer, ["SO_SNDBUF"] = PortKeys.SendBuffer, ["IP_TOS"] = PortKeys.TypeOfService,
        ["IP_TTL"] = PortKeys.TimeToLive, ["SO_MARK"] = PortKeys.Mark, ["SO_PRIORITY"] = PortKeys.Priority,
    };

    private static readonly Dictionary<string, Key<Port>> Switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["TCP_NODELAY"] = PortKeys.NoDelay, ["SO_KEEPALIVE"] = PortKeys.KeepAlive, ["IP_FREEBIND"] = PortKeys.FreeBind,
    };

    /// <summary>Adds the sockets of a service.</summary>
    /// <returns>Whether the map can have them.</returns>
    public static bool Add(StunnelService service, Word accept)
    {
        var (owner, group) = (service.Section.OneOfItsOwn("setuid"), service.Section.OneOfItsOwn("setgid"));
        if (accept.Text.StartsWith('/'))
        {
            AddUnix(service, accept, owner, group);
        }
        else if (!AddIp(service, accept))
        {
            return false;
        }

        foreach (var option in service.Section.All("socket").Where(_ => !accept.Text.StartsWith('/')))
        {
            SetOption(service, option);
        }

        return true;
    }

    private static void AddUnix(StunnelService service, Word accept, Word? owner, Word? group)
    {
        var socket = new ImportedSocket(new PortKey { Transport = Transport.UnixStream, Path = accept.Text }, accept.At);
        if (owner is not null)
        {
            socket.Set(PortKeys.Owner, owner.Text, owner.At);
        }

        if (group is not null)
        {
            socket.Set(PortKeys.Group, group.Text, group.At);
        }

        service.Target.Sockets.Add(socket);
    }

    private static bool AddIp(StunnelService service, Word accept)
    {
        var colon = accept.Text.LastIndexOf(':');
        var port = accept.Part(colon + 1, accept.Text.Length);
        if (ForeignAddress.Port(port.Text, Transport.Tcp.ServicesWord, service.Importing.Names) is not { } number)
        {
            service.Lost(port.At, ForeignAddress.Unlisted(port.Text, "stunnel"));
            return false;
        }

        IReadOnlyList<IPAddress> addresses =
            colon < 0 ? [IPAddress.Any] : ForeignAddress.Read(accept.Part(0, colon), service.Importing);
        if (addresses.Count == 0)
        {
            service.Lost(
                accept.At,
                $"'{service.Target.Name}' is left out: '{accept.Text[..colon]}' is no address and no name in /etc/hosts: write the "
                + "address");
            return false;
        }

        // A socket on every address of IPv6 is one of IPv4 as well.
        var named = addresses.Any(address => address.Equals(IPAddress.IPv6Any)) ? [] : addresses;
        service.Target.Sockets.AddRange(ForeignAddress.Sockets(Transport.Tcp, (number, port), named, BothFamilies));
        return true;
    }

    // a|l|r:OPTION=VALUE, of the listening socket, of connections to it and of those to the target.
    private static void SetOption(StunnelService service, Word option)
    {
        var parts = option.Text.Split('=', 2);
        var (place, name) = parts[0].Length > 1 && parts[0][1] == ':' ? (parts[0][0], parts[0][2..]) : ('?', "");
        var value = parts.Length == 2 ? parts[1] : "";
        if (place is not ('a' or 'l' or 'r') || value.Length == 0)
        {
            service.Break(option.At, $"'{option.Text}' is no option of a socket such as a:SO_BINDTODEVICE=lo");
        }
        else if (place == 'r')
        {
            service.Changed(option.At, $"{name} is not set for connections to the target, which have the options of the system");
        }
        else if (name.Equals("SO_BINDTODEVICE", StringComparison.OrdinalIgnoreCase))
        {
            service.Target.Sockets.ForEach(socket => socket.Set(PortKeys.Device, value, option.At));
        }
        else if (name.Equals("SO_REUSEADDR", StringComparison.OrdinalIgnoreCase))
        {
            service.Kept(option.At, "SO_REUSEADDR is set for every socket that listens");
        }
        else if (Numbers.TryGetValue(name, out var number)
            && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            object amount = number == PortKeys.ReceiveBuffer || number == PortKeys.SendBuffer ? ForeignSize.Of(value) : size;
            service.Target.Sockets.ForEach(socket => socket.Set(number, amount, option.At));
        }
        else if (Switches.TryGetValue(name, out var key) && value.ToLowerInvariant() is "0" or "1" or "yes" or "no")
        {
            var isOn = value.ToLowerInvariant() is "1" or "yes";
            if (isOn != (key == PortKeys.KeepAlive))
            {
                service.Target.Sockets.ForEach(socket => socket.Set(key, isOn, option.At));
            }
        }
        else
        {
            service.Lost(option.At, $"{name} is not set: man netsuperd.toml has the options of a socket");
        }
    }
}
