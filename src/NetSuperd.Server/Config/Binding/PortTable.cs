using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// The sockets that are going to be bound. A bare port is two of them, <c>0.0.0.0</c> and <c>[::]</c>, so an entry for one of these beside
/// it is a duplicate, however it is spelt.
/// </summary>
internal sealed class PortTable(Problems problems)
{
    private readonly List<Port> _ports = [];
    private readonly Dictionary<string, PortEntry> _bound = [];

    // The port numbers, by transport and family, that are bound on every address, and on a single address.
    private readonly HashSet<string> _onEvery = [];
    private readonly HashSet<string> _onOne = [];

    /// <summary>Adds a port, unless one of its sockets is there already.</summary>
    public void Add(Port port, PortEntry entry)
    {
        var addresses = Addresses(port.Key);
        string[] sockets = port.Key.Path is { } path
            ? [Identity(path)]
            : [.. addresses.Select(address => $"{port.Key.Transport.Word} {(port.Key with { Address = address }).Socket}")];
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

        foreach (var address in addresses)
        {
            _ = (HostAddress.IsEvery(address) ? _onEvery : _onOne).Add(Number(port.Key, address));
        }

        _ports.Add(port);
    }

    /// <summary>The ports, with those marked where a socket on every address stands beside one on a single address.</summary>
    public IReadOnlyList<Port> Ports() => [.. _ports.Select(port => port with
    {
        SharesNumber = Addresses(port.Key)
            .Select(address => Number(port.Key, address))
            .Any(number => _onEvery.Contains(number) && _onOne.Contains(number)),
    })];

    /// <summary>A path may be spelt in many ways, also through symbolic links: the folder itself is compared.</summary>
    private static string Identity(string path) => path.StartsWith('/') && FileStatus.Of(Path.GetDirectoryName(path)!) is { } folder
        ? $"{folder.Device} {folder.Inode} {Path.GetFileName(path)}"
        : path;

    private static IPAddress[] Addresses(PortKey key) =>
        key.Path is not null ? [] : key.Address is null ? [IPAddress.Any, IPAddress.IPv6Any] : [key.Address];

    private static string Number(PortKey key, IPAddress address) =>
        $"{key.Transport.Word}{(address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6)} {key.Number}";
}
