using System.Security.Cryptography;
using System.Text;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>A listener's part of a map: its sockets, all of one service, and the receiver of what arrives on them.</summary>
internal sealed record Assignment(IReadOnlyList<SocketPlace> Places, IReceiver Receiver)
{
    private readonly Service? _ofNoSocket;

    /// <summary>The part of a server without a socket of the map.</summary>
    public Assignment(Service server, IReceiver receiver)
        : this([], receiver) => _ofNoSocket = server;

    /// <summary>The ports on which the daemon receives datagrams by that map.</summary>
    public IReadOnlySet<int> DatagramPorts { get; init; } = new HashSet<int>();

    /// <summary>The time that a child has to end.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>The service.</summary>
    public Service Service => _ofNoSocket ?? Places[0].Port.Service;

    /// <summary>Whether children inherit the sockets themselves.</summary>
    public bool IsShared => Service.Program is { HasSockets: true };

    /// <summary>Whether a server runs all the time.</summary>
    public bool IsServer => Service.Kind == ServiceKind.Server;

    /// <summary>Whether children share the sockets from the start.</summary>
    public bool IsPrefork => Service.Program is { Processes: not null };

    /// <summary>What identifies a server without a socket of the map, as its sockets do others; null for these.</summary>
    public string? ServerId => Places.Count == 0 ? IdOf(Service.Name) : null;

    /// <summary>The <see cref="ServerId"/> of a service.</summary>
    public static string IdOf(string service) => $"service {service}";

    /// <summary>
    /// A fingerprint of what a child with the sockets serves: its service with everything that a child gets, its admission, and its
    /// sockets. A child with a different fingerprint serves something that is no longer in the map.
    /// </summary>
    public string Definition => IsShared ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [
        Service.Name,
        .. MapText.OfChild(Service),
        .. IsPrefork ? ["processes"] : Array.Empty<string>(),
        .. Places.Select(Defined)]))))[..16] : "";

    /// <summary>
    /// A socket of a child, as the child gets it. What older versions do not know is no part of it where it has its default.
    /// </summary>
    private string Defined(SocketPlace place) =>
        (Service.Program!.Fds == ChildFds.Listen ? $"{place.Id} {place.Port.Name}" : place.Id)
        + (place.Port.Types is { } types ? $" types {string.Join(',', types)}" : "");

    /// <summary>Whether connections are accepted.</summary>
    public bool Accepts => !IsShared && !Places[0].Port.Key.Transport.IsDatagram;

    /// <summary>What must be equal in two assignments for one listener to serve both: its sockets and its loop.</summary>
    public (bool IsShared, bool IsServer, bool HasChildren, string Sockets, string? Unavailable, string? Thread) Likeness => (
        IsShared,
        IsServer,
        Service.Program is not null,
        ServerId ?? string.Join('\n', Places.Select(place => place.Id)),
        Service.Unavailable,
        IsShared || Accepts ? null : Receiver.MayBlock(Service) ? Service.Name : "");
}
