using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// Sockets that another process has bound and passed on with their names (sd_listen_fds_with_names(3)): a service manager that activates
/// the daemon or has kept them for it, or a predecessor.
/// </summary>
internal sealed class Inheritance : IInheritance
{
    /// <summary>The name of a pipe that the predecessor keeps open until it has closed its sockets.</summary>
    public const string ReleaseName = "netsuperd.release";

    private const string HolderPrefix = "netsuperd.rest-";
    private const string ServerPrefix = "netsuperd.server-";

    private readonly LinuxHost _host;
    private readonly List<Entry> _entries = [];
    private readonly HashSet<Entry> _taken = new(ReferenceEqualityComparer.Instance);

    // There may be thousands, so each is found by its key and not by a search.
    private readonly ILookup<string, Entry> _byId;
    private readonly ILookup<string, Entry> _byName;
    private readonly ILookup<uint, Entry> _byNumber;
    private readonly HashSet<string> _adopted = [];
    private readonly Dictionary<string, List<SafeHandle>> _servers = [];

    /// <summary>Takes descriptors; one that is no socket is closed.</summary>
    public Inheritance(LinuxHost host, IReadOnlyList<ListenDescriptor> descriptors)
    {
        _host = host;
        var holders = new List<(int Socket, SafeHandle End)>();
        var sockets = new Dictionary<int, Entry>();
        for (var i = 0; i < descriptors.Count; i++)
        {
            var given = descriptors[i];
            if (given.Name.StartsWith(HolderPrefix, StringComparison.Ordinal)
                && int.TryParse(given.Name.AsSpan(HolderPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var socket))
            {
                holders.Add((socket, given.Handle));
            }
            else if (given.Name.StartsWith(ServerPrefix, StringComparison.Ordinal))
            {
                AddServer(Assignment.IdOf(given.Name[ServerPrefix.Length..]), given.Handle);
            }
            else if (given.Name == ReleaseName)
            {
                ReleasePipe = given.Handle;
            }
            else if (Open(given) is { } entry)
            {
                sockets[i] = entry;
            }
            else
            {
                given.Handle.Dispose();
            }
        }

        var ends = holders.ToLookup(holder => holder.Socket, holder => holder.End);
        _entries = [.. sockets.Select(pair => pair.Value with { Holders = [.. ends[pair.Key]] })];
        _byId = _entries.ToLookup(entry => entry.Id);
        _byName = _entries.ToLookup(entry => entry.Name);
        _byNumber = _entries.Where(entry => entry.Number > 0).ToLookup(entry => entry.Number);
    }

    /// <summary>
    /// The name of the descriptor that becomes readable when the process that has the socket at that position of the list ends.
    /// </summary>
    public static string HolderName(int socket) => string.Create(CultureInfo.InvariantCulture, $"{HolderPrefix}{socket}");

    /// <summary>
    /// The name of the descriptor that becomes readable when the process ends that runs as a server without a socket of the map.
    /// </summary>
    public static string ServerName(string service) => $"{ServerPrefix}{service}";

    /// <summary>
    /// The descriptors that each become readable when a process of a server has ended, by <see cref="Assignment.ServerId"/>; the caller
    /// owns them.
    /// </summary>
    public IReadOnlyList<SafeHandle> TakeServer(string id) => _servers.Remove(id, out var ends) ? ends : [];

    /// <summary>Becomes readable when the predecessor has closed its sockets; null where there was none.</summary>
    public SafeHandle? ReleasePipe { get; }

    /// <summary>Whether an inherited socket serves both families on the port of an entry.</summary>
    public bool HasDualStack(PortKey key)
    {
        var local = (key with { Address = IPAddress.IPv6Any }).Socket;
        return _byNumber[key.Number].Any(entry => entry.Local == local && entry.IsDualStack && IsLeft(entry) && Serves(entry, key));
    }

    /// <summary>The places of an entry for which there are sockets with its name, but none with its address.</summary>
    public IReadOnlyList<SocketPlace> Named(Port port, IEnumerable<SocketPlace> places)
    {
        var own = places.ToList();
        return own.Any(place => At(place).Any()) ? [] : [.. _byName[port.Name]
            .Where(entry => IsLeft(entry) && Serves(entry, port.Key))
            .Select(entry => new SocketPlace(port, entry.Address) { Local = entry.Local, Zone = entry.Zone, IsNamed = true })];
    }

    /// <summary>The predecessor's sockets that are not in the map, and its servers without a socket that are not.</summary>
    public IReadOnlyList<string> Dropped => [.. Left.Where(IsDropped).Select(entry => entry.Id), .. _servers.Keys];

    /// <summary>
    /// Lets a place be bound although an inherited socket has an overlapping address; it may be the one that is replaced.
    /// </summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public bool SharePort(SocketPlace place)
    {
        var neighbours = _byNumber[place.Port.Key.Number]
            .Where(entry => IsLeft(entry) && place.Overlaps(entry.Transport, entry.Address, entry.Number))
            .ToList();
        neighbours.ForEach(neighbour => ListenOptions.SharePort(neighbour.Socket, share: true));
        return neighbours.Count > 0;
    }

    /// <summary>The children with sockets, by <see cref="SocketPlace.Id"/>, and the servers, by <see cref="Assignment.IdOf"/>.</summary>
    public IReadOnlyDictionary<string, ToldChild> Children { get; init; } = new Dictionary<string, ToldChild>();

    /// <summary>
    /// The socket for a place, with its holders where other processes have it, and its own kind; null where there is none.
    /// </summary>
    /// <remarks>
    /// A predecessor's socket is found by its name: while a child has connected it, its address is that of the connection.
    /// </remarks>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    /// <exception cref="CallException">The access to the path of a unix socket could not be set.</exception>
    public (BoundSocket Socket, IReadOnlyList<SafeHandle> Holders, Transport Transport)? Adopt(SocketPlace place, Task released)
    {
        if (_byName[StoreName(place)].Where(IsLeft).Concat(At(place)).FirstOrDefault() is not { } found || !IsReachable(found))
        {
            return null;
        }

        _taken.Add(found);
        _adopted.Add(found.Id);
        var isOwn = ReleasePipe is not null || found.Name == StoreName(place);
        return (BoundSocket.Adopt(_host, place, found.Socket, released, found.IsDualStack, isOwn), found.Holders, found.Transport);
    }

    /// <summary>
    /// The name of a socket for a service manager that keeps it: unique, and within what sd_pid_notify_with_fds(3) allows.
    /// </summary>
    public static string StoreName(SocketPlace place) => StoreName(place.Id);

    /// <summary>
    /// Closes the sockets that are not in the map, when the predecessor has closed them: it may keep them, and serves the waiting clients
    /// first. A second copy of an adopted socket is not reported.
    /// </summary>
    public async Task CloseUnclaimedAsync(Task released, ILogger logger)
    {
        await released.ConfigureAwait(false);
        foreach (var entry in Left)
        {
            if (IsDropped(entry))
            {
                Unlink(entry, logger);
                if (ReleasePipe is null)
                {
                    logger.ListenerClosed(entry.Local, "no service");
                }
            }
            else if (!_adopted.Contains(entry.Id))
            {
                logger.SocketUnclaimed(entry.Local, entry.Name);
            }

            entry.Socket.Dispose();
            entry.Holders.ForEach(holder => holder.Dispose());
        }

        foreach (var end in _servers.Values.SelectMany(ends => ends))
        {
            end.Dispose();
        }

        _taken.UnionWith(_entries);
    }

    /// <summary>
    /// Whether clients can reach the socket: the path of a unix socket may have been removed or lead to another socket by now, and only a
    /// new socket mends that. Where the system does not report it, any socket at the path counts.
    /// </summary>
    private static bool IsReachable(Entry entry) => entry.Local is not ['/', ..]
        || (FileStatus.Of(entry.Local) is { Type: FileType.Socket } there
            && UnixDiagnosis.FileOf(entry.Socket.SafeHandle) is var file && (file is null || file.Value.Is(there)));

    /// <summary>
    /// The sockets at a place: those of its protocol before those that a service manager has bound by a variant of it, as clients of MPTCP
    /// and of TCP are served by both.
    /// </summary>
    private IEnumerable<Entry> At(SocketPlace place) => _byId[place.Id]
        .Concat(_byNumber[place.Port.Key.Number].Where(entry => entry.Local == place.Local && Serves(entry, place.Port.Key)))
        .Where(IsLeft);

    private static bool Serves(Entry entry, PortKey key) => entry.Transport == key.Transport
        || (entry.Transport.SharesPortsWith(key.Transport) && entry.Name != StoreName(entry.Id));

    private IEnumerable<Entry> Left => _entries.Where(IsLeft);

    private bool IsLeft(Entry entry) => !_taken.Contains(entry);

    private bool IsDropped(Entry entry) => entry.Name == StoreName(entry.Id) && !_adopted.Contains(entry.Id);

    private void AddServer(string id, SafeHandle end)
    {
        if (!_servers.TryGetValue(id, out var ends))
        {
            ends = _servers[id] = [];
        }

        ends.Add(end);
    }

    private static string StoreName(string id)
    {
        var name = new string([.. id.Select(letter => letter is > ' ' and <= '~' and not ':' ? letter : '_')]);
        return name.Length <= 255 ? name : name[^255..];
    }

    private static void Unlink(Entry entry, ILogger logger)
    {
        try
        {
            if (entry.Local is ['/', ..] && IsReachable(entry))
            {
                using var place = CheckedPath.Open(entry.Local, followLast: false);
                if (place.File is { Status.Type: FileType.Socket })
                {
                    place.Folder.Remove(place.Name);
                }
            }
        }
        catch (Exception failure) when (failure is CallException or UntrustedPathException)
        {
            logger.UnlinkFailed(entry.Local, failure.Message);
        }
    }

    private static Entry? Open(ListenDescriptor given)
    {
        if (InheritedSocket.Describe(given.Handle) is not { } kind
            || LocalOf(kind) is not { } local
            || Transports.Of(kind.Family, kind.Type, kind.Protocol) is not { } transport)
        {
            return null;
        }

        var isDualStack = kind is { Family: AddressFamily.InterNetworkV6, IsIPv6Only: false };
        return new Entry(
            InheritedSocket.Open(given.Handle), given.Name, transport, local, kind.Local?.Address,
            (uint?)kind.Local?.Port ?? kind.Vsock?.Port ?? 0, isDualStack, []);
    }

    /// <summary>The address of a socket as <see cref="SocketPlace.Local"/> has it; null where it has none.</summary>
    private static string? LocalOf(SocketKind kind) => kind.Path
        ?? (kind.Local is { } end ? LinkText.Of(end, new LinuxNames())
            : kind.Vsock is var (cid, port) ? new VsockEndPoint(cid, port).ToString()
            : null);

    private sealed record Entry(
        Socket Socket, string Name, Transport Transport, string Local, IPAddress? Address, uint Number, bool IsDualStack,
        List<SafeHandle> Holders)
    {
        public string Id => $"{Transport.Word} {Local}";

        public string? Zone => Address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 and var index }
            ? NetworkInterfaces.NameOf(index)
            : null;
    }
}
