using System.Net;

namespace NetSuperd;

/// <summary>A datagram that has arrived, whole: what does not fit into 65,536 bytes is never handed on.</summary>
/// <param name="data">Its bytes.</param>
/// <param name="remote">Makes the sender's address.</param>
/// <param name="local">Tells where it was sent to.</param>
public readonly ref struct Datagram(ReadOnlySpan<byte> data, Func<EndPoint?> remote, Func<EndPoint> local)
{
    private readonly Func<EndPoint?> _remote = remote;
    private readonly Func<EndPoint> _local = local;

    /// <summary>The bytes; none in an empty datagram, which is one all the same.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>
    /// The sender's address. It may be forged, and no check can tell. Null for a unix socket without a name. Made when it is asked for.
    /// </summary>
    public EndPoint? RemoteEndPoint => _remote();

    /// <summary>
    /// Where it was sent to, of a socket on every address as well: the answer leaves from there. Made when it is asked for.
    /// </summary>
    public EndPoint LocalEndPoint => _local();
}
