using System.Net;

namespace NetSuperd.Server.Config;

/// <summary>
/// The sockets that are going to be bound. A bare port is two of them, <c>0.0.0.0</c> and <c>[::]</c>, so each of these beside it is the same
/// socket again, however the two are spelt.
/// </summary>
internal sealed class PortTable(Problems problems)
{
    private readonly List<Port> _ports = [];
    private readonly Dictionary<(IPAddress? Address, int Number, bool Datagram, string? Path), PortEntry> _bound = [];

    /// <summary>Adds a port, unless one of its sockets is there already.</summary>
    public void Add(Port port, PortEntry entry)
    {
        var sockets = Sockets(port.Key).ToList();
        foreach (var socket in sockets)
        {
            if (_bound.TryGetValue(socket, out var first))
            {
                problems.Error(entry.KeyAt, $"'{entry.Key}' is the same socket as '{first.Key}' at {first.KeyAt}");
                return;
            }
        }

        foreach (var socket in sockets)
        {
            _bound.Add(socket, entry);
        }

        _ports.Add(port);
    }

    /// <summary>The ports, with those marked where a socket on every address stands beside one on a single address.</summary>
    public IReadOnlyList<Port> Ports()
    {
        // By number, transport and family: what is bound to every address, and whether anything is bound to one.
        var sharing = _bound.Keys
            .Where(socket => socket.Address is not null)
            .GroupBy(socket => (socket.Number, socket.Datagram, socket.Address!.AddressFamily))
            .Where(group => group.Any(socket => IsAny(socket.Address!)) && group.Any(socket => !IsAny(socket.Address!)))
            .Select(group => group.Key)
            .ToHashSet();
        return [.. _ports.Select(port => port with
        {
            SharesNumber = Sockets(port.Key).Any(socket => socket.Address is { } address && sharing.Contains((socket.Number, socket.Datagram, address.AddressFamily))),
        })];
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IEnumerable<(IPAddress? Address, int Number, bool Datagram, string? Path)> Sockets(PortKey key)
    {
        var datagram = key.Transport == Transport.Udp;
        IPAddress?[] addresses = key.Path is not null ? [null] : key.Address is null ? [IPAddress.Any, IPAddress.IPv6Any] : [key.Address];
        return addresses.Select(address => (address, key.Number, datagram, key.Path));
    }
}
