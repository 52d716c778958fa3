using System.Net;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Forward;

/// <summary>Where the connection to a target comes from.</summary>
/// <param name="Address">An address of this host; null: the system chooses it.</param>
/// <param name="OfClient">A socket with the address of the client, which comes first.</param>
internal readonly record struct TargetSource(IPAddress? Address, StreamSocket? OfClient)
{
    /// <summary>
    /// Whether it can reach a target. A client of IPv4 has no address for a target of IPv6, and after a TLS handshake that failed its
    /// socket is closed.
    /// </summary>
    public bool Reaches(EndPoint target) => OfClient is null || (OfClient.Family == target.AddressFamily && !OfClient.IsClosed);

    /// <inheritdoc cref="StreamConnect.Begin(EndPoint, IPAddress?)"/>
    public ConnectStart Begin(EndPoint target) =>
        OfClient is null ? StreamConnect.Begin(target, Address) : StreamConnect.Begin(target, OfClient);
}
