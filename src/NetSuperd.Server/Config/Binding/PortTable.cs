using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// The sockets that are going to be bound. A bare port is two of them, <c>0.0.0.0</c> and <c>[::]</c>, so an entry for one of these beside
/// it is a duplicate, however it is spelt.
/// </summary>
internal sealed class PortTable(Problems problems, IFiles files)
{
    private readonly List<Port> _ports = [];
    private readonly Dictionary<string, BoundEntry> _bound = [];

    // The port numbers, by transport and family, that are bound on every address, and on a single address.
    private readonly HashSet<string> _onEvery = [];
    private readonly HashSet<string> _onOne = [];

    // And those of multicast groups.
    private readonly HashSet<string> _ofGroups = [];

    // Entries of vsock(7) by port: bind(2) does not take a port for one context identifier and for every one.
    private readonly Dictionary<uint, BoundEntry> _ofEveryCid = [];
    private readonly Dictionary<uint, BoundEntry> _ofOneCid = [];

    /// <summary>
    /// Adds the ports of an entry, unless one of their sockets is there already: an error in a map, and the map's right over an imported
    /// file, which another program may write.
    /// </summary>
    public void Add(IReadOnlyList<Port> ports, PortEntry entry)
    {
        var sockets = ports.SelectMany(port => SocketsOf(port.Key).Select(socket => (port.Key, Socket: socket))).ToList();
        var shared = sockets.Select(pair => (Other: Find(pair.Key, pair.Socket), pair.Key.Number)).Where(pair => pair.Other is not null)
            .ToLookup(pair => pair.Other!, pair => pair.Number);
        foreach (var numbers in shared)
        {
            var conflict = Conflict(entry, numbers.Key, ports, numbers);
            problems.Add(entry.Reading.IsImported
                ? new ConfigProblem(entry.KeyAt, Severity.Warning, $"{conflict}; the map has it, and this entry is left out")
                : new ConfigProblem(entry.KeyAt, Severity.Error, conflict));
        }

        if (shared.Count > 0)
        {
            return;
        }

        var own = new BoundEntry(entry, ports.Count, ports[0].Key);
        foreach (var (key, socket) in sockets)
        {
            _bound.Add(socket, own);
            if (key.Transport.IsVsock)
            {
                (key.Cid is null ? _ofEveryCid : _ofOneCid).TryAdd(key.Number, own);
            }
        }

        foreach (var port in ports)
        {
            foreach (var address in port.Key.Addresses)
            {
                _ = (HostAddress.IsEvery(address) ? _onEvery : _onOne).Add(Number(port.Key, address));
                if (port.Key.IsGroup)
                {
                    _ofGroups.Add(Number(port.Key, address));
                }
            }
        }

        _ports.AddRange(ports);
    }

    /// <summary>The entry that has a socket, or one that cannot be bound beside it; null: there is none.</summary>
    private BoundEntry? Find(PortKey key, string socket) => _bound.GetValueOrDefault(socket)
        ?? (key.Transport.IsVsock ? (key.Cid is null ? _ofOneCid : _ofEveryCid).GetValueOrDefault(key.Number) : null);

    private static string Conflict(PortEntry entry, BoundEntry other, IReadOnlyList<Port> ports, IEnumerable<uint> numbers)
    {
        var (first, at, transport) = (other.Entry.Key, other.Entry.KeyAt, ports[0].Key.Transport);
        if (ports[0].Key.Cid != other.First.Cid)
        {
            return $"'{entry.Key}' and '{first}' at {at} cannot have the same port: the system binds a port of vsock(7) to one context "
                + "identifier or to every one";
        }

        var same = ports.Count == 1 && other.Ports == 1
            ? $"'{entry.Key}' is the same socket as '{first}' at {at}"
            : $"'{entry.Key}' overlaps with '{first}' at {at}: both have {ports[0].Key.TextWith(PortNumbers.Text(numbers))}";
        return transport == other.First.Transport ? same
            : $"'{entry.Key}' and '{first}' at {at} cannot have the same port: {transport.Noun} and {other.First.Transport.Noun} take the "
            + "same clients";
    }

    private IEnumerable<string> SocketsOf(PortKey key) => key.Path is { } path ? [Identity(path)]
        : key.Transport.IsVsock ? [key.Text]
        : key.Addresses.Select(address => $"{key.Transport.PortSpace.Word} {(key with { Address = address }).Socket}");

    /// <summary>The ports, with those marked where a socket on every address stands beside one on a single address.</summary>
    public IReadOnlyList<Port> Ports() => [.. _ports.Select(port => port with
    {
        SharesNumber = port.Key.Addresses
            .Select(address => Number(port.Key, address))
            .Any(number => _onEvery.Contains(number) && _onOne.Contains(number)),
        LeavesGroups = port.Key.Addresses.Any(address => HostAddress.IsEvery(address) && _ofGroups.Contains(Number(port.Key, address))),
    })];

    /// <summary>A path may be spelt in many ways, also through symbolic links: the folder itself is compared.</summary>
    private string Identity(string path) => path.StartsWith('/') && files.StatusOf(Path.GetDirectoryName(path)!) is { } folder
        ? $"{folder.Id} {Path.GetFileName(path)}"
        : path;

    private static string Number(PortKey key, IPAddress address) =>
        $"{key.Transport.PortSpace.Word}{(address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6)} {key.Number}";

    /// <summary>An entry that has sockets, how many ports it has, and its first socket.</summary>
    private sealed record BoundEntry(PortEntry Entry, int Ports, PortKey First);
}
