using System.Net;

namespace NetSuperd;

/// <summary>A datagram that has arrived, always whole: the daemon drops datagrams of more than 65,536 bytes.</summary>
/// <param name="data">Its bytes.</param>
/// <param name="remote">Gets the address of the sender.</param>
/// <param name="local">Gets the address that it was sent to.</param>
public readonly ref struct Datagram(ReadOnlySpan<byte> data, Func<EndPoint?> remote, Func<EndPoint> local)
{
    private readonly Func<EndPoint?> _remote = remote;
    private readonly Func<EndPoint> _local = local;

    /// <summary>
    /// The bytes of the datagram; none if the datagram is empty. From a raw socket of IPv4 it is a packet with its header (RFC 791), from
    /// one of IPv6 the payload of a packet (raw(7), RFC 3542).
    /// </summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>
    /// The address of the sender, which may be forged, with the port 0 from a raw socket; null for a unix socket without a name. Reading
    /// the property creates the object.
    /// </summary>
    public EndPoint? RemoteEndPoint => _remote();

    /// <summary>
    /// The address that the datagram was sent to, even if the socket is bound to every address; the answer leaves from there. The port of a
    /// raw socket is its protocol. Reading the property creates the object.
    /// </summary>
    public EndPoint LocalEndPoint => _local();
}
