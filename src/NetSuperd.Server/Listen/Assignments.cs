using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The assignments of a map: one for each socket, or one for all sockets of a service whose child gets them together.</summary>
internal static class Assignments
{
    /// <summary>The assignments of a map, in its order.</summary>
    /// <param name="map">The map.</param>
    /// <param name="receiver">Serves what arrives.</param>
    /// <param name="running">The sockets that are bound: one that a service manager has bound stays where it is.</param>
    /// <param name="inherited">Sockets that another process has bound.</param>
    /// <param name="logger">The log.</param>
    public static List<Assignment> Of(
        Map map, IReceiver receiver, IReadOnlyList<BoundSocket> running, IInheritance inherited, ILogger logger)
    {
        var anywhere = Socket.OSSupportsIPv6 ? HostAddress.Every : [IPAddress.Any];
        if (anywhere.Count == 1 && map.Ports.Any(port => port.Key.IsBarePort))
        {
            logger.NoIPv6();
        }

        var dual = running.Where(socket => socket.IsDualStack).Select(socket => socket.Port.Key).ToHashSet();
        var byName = running.Where(socket => socket.Place.IsNamed).ToLookup(socket => (socket.Port.Key, socket.Port.Name));
        IEnumerable<SocketPlace> Own(Port port) => port.Key switch
        {
            var key when !key.Transport.IsIp => [new SocketPlace(port, null)],
            { Address: { } address } => [new SocketPlace(port, address)],
            var key when dual.Contains(key) || inherited.HasDualStack(key) => [new SocketPlace(port, IPAddress.IPv6Any)],
            var key => key.Addresses.Intersect(anywhere).Select(address => new SocketPlace(port, address)),
        };
        IEnumerable<SocketPlace> Places(Port port)
        {
            // A socket that is known by the name of an entry alone could be that of any of its ports.
            if (port.IsOneOfSeveral)
            {
                return Own(port);
            }

            var named = byName[(port.Key, port.Name)].Select(socket => socket.Place with { Port = port });
            return named.Concat(inherited.Named(port, Own(port))).ToList() is { Count: > 0 } places ? places : Own(port);
        }

        var datagramPorts = map.DatagramPorts();
        return [.. map.Ports.SelectMany(Places)
            .GroupBy(place => place.Port.Service.Program is { HasSockets: true, Fds: ChildFds.Listen } ? (object)place.Port.Service : place)
            .Select(group => new Assignment([.. group], receiver) { DatagramPorts = datagramPorts, Drain = map.Daemon.Drain }),
            .. map.ServersWithoutSocket.Select(service => new Assignment(service, receiver))];
    }
}
