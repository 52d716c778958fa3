using System.Security.Cryptography;
using System.Text;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>What a map says of a listener: its sockets, all of one service, and what serves what arrives on them.</summary>
internal sealed record Assignment(IReadOnlyList<SocketPlace> Places, IReceiver Receiver)
{
    /// <summary>The ports on which the daemon takes datagrams by that map.</summary>
    public IReadOnlySet<int> DatagramPorts { get; init; } = new HashSet<int>();

    /// <summary>The service.</summary>
    public Service Service => Places[0].Port.Service;

    /// <summary>Whether children inherit the sockets themselves.</summary>
    public bool IsShared => Service.Program is { Wait: true };

    /// <summary>
    /// What a child with the sockets is, in a few letters: its service with all that a child gets and every client that is admitted, and
    /// its sockets. A child with another one serves something that the map does not say any more.
    /// </summary>
    public string Definition => IsShared ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [
        Service.Name,
        .. MapText.OfChild(Service),
        .. Places.Select(place => Service.Program!.Fds == ChildFds.Listen ? $"{place.Id} {place.Port.Name}" : place.Id)]))))[..16] : "";

    /// <summary>Whether connections are accepted.</summary>
    public bool Accepts => !IsShared && !Places[0].Port.Key.Transport.IsDatagram;
}
