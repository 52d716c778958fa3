using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Server.Permit;

/// <summary>The networks that a peer belongs to beside its source, each of which has a ceiling.</summary>
/// <param name="Narrow">
/// The IPv6 /56, the user of a unix socket, or all loopback addresses together; null: there is none between source and <see cref="Wide"/>.
/// </param>
/// <param name="Wide">
/// The IPv4 /24, the IPv6 /48, the context of vsock(7), or this host; null: the peer is root, or the system does not report its user.
/// </param>
internal readonly record struct Networks(Source? Narrow, Source? Wide)
{
    /// <summary>This host: all loopback addresses and all users of unix sockets.</summary>
    public static readonly Source Host = new(AddressFamily.Unspecified, 0, isLocal: true);

    /// <summary>All loopback addresses.</summary>
    public static readonly Source Loopback = new(AddressFamily.Unspecified, 1, isLocal: true);

    /// <summary>The networks of a peer.</summary>
    public static Networks Of(in Peer peer)
    {
        var source = new Source(peer.Family, peer.Address, peer.IsLocal);
        return peer.Family switch
        {
            // Root controls the daemon anyway: a ceiling would only lose clients that have waited for a restart.
            AddressFamily.Unix when peer.UserId is null or 0 => default,
            AddressFamily.Unix => new Networks(source, Host),
            _ when peer.IsLocal => new Networks(Loopback, Host),
            AddressFamily.InterNetwork => new Networks(null, source.Around(24, 0)),
            AddressFamily.InterNetworkV6 => new Networks(source.Around(0, 56), source.Around(0, 48)),
            Families.Vsock => new Networks(null, source),
            _ => throw Families.Unknown(peer.Family),
        };
    }

    /// <summary>Whether any of them has a ceiling where so many can come.</summary>
    public bool IsBounded(Reach reach) => (Wide is { } wide && reach.Bounds(wide)) || (Narrow is { } narrow && reach.Bounds(narrow));
}
