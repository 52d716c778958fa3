using System.Collections.Immutable;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config;

/// <summary>
/// A port of an entry of <c>[ports]</c>: a socket, the service that answers on it, and the options of the socket. An entry with a range or
/// a list is as many of them, which differ only in <see cref="Key"/>. The defaults are those of <see cref="Keys.PortKeys"/>.
/// </summary>
public sealed record Port
{
    /// <summary>The socket; a bare port stands for two, one for IPv4 and one for IPv6.</summary>
    public required PortKey Key { get; init; }

    /// <summary>
    /// The entry in its normal form, which is the key of a single port, and with all ports of a range or a list: <c>8000-8010/tcp</c>. No
    /// two entries of a map have the same.
    /// </summary>
    public string Entry { get => field ?? Key.Text; init; }

    /// <summary>Whether its entry has several ports.</summary>
    public bool IsOneOfSeveral => Entry != Key.Text;

    /// <summary>The keys that the entry itself has; an entry that is only a name has <c>service</c>.</summary>
    public IReadOnlyList<string> Written { get; init; } = [];

    /// <summary>The service that answers.</summary>
    public required Service Service { get; init; }

    /// <summary>
    /// The proxies whose PROXY header is believed: each connection begins with one, and names the client. Null: none does.
    /// </summary>
    public ImmutableArray<PeerRule>? Trusted { get; init; }

    /// <summary>Whether clients of other hosts come to it: by its address, or because a proxy names them.</summary>
    public bool HasRemoteClients => Key.IsPublic || Trusted is not null;

    /// <summary>Whether a handler of the daemon gets the datagrams of the socket.</summary>
    public bool HasDatagramHandler => Service.Program is null && Key.Transport.IsDatagram;

    /// <summary>The filter of its socket by senders: a child is not to read what the others send; null: it reads everything.</summary>
    public SocketFilter? SenderFilter => Key.Transport is { IsDatagram: true, IsIp: true } ? Service.Filter : null;

    /// <summary>The filter of its socket: by senders, and by types of ICMP; null: it receives everything.</summary>
    public SocketFilter? Filter => Types is { } types
        ? IcmpFilter.Make(RawProtocol.FamilyOf((int)Key.Number) == AddressFamily.InterNetworkV6, types, SenderFilter)
        : SenderFilter;

    /// <summary>The name of the socket for <c>LISTEN_FDNAMES</c> and in the log; default: the service's name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Connections that the system queues while none is accepted; null: the system's maximum (<c>net.core.somaxconn</c>).
    /// </summary>
    public required int? Backlog { get; init; }

    /// <summary>SO_REUSEPORT, socket(7).</summary>
    public required bool ReusePort { get; init; }

    /// <summary>
    /// Whether a socket on every address and one on a single address share this port's number: bind(2) allows both only where both have
    /// SO_REUSEPORT, so the listener sets it then as well.
    /// </summary>
    public bool SharesNumber { get; init; }

    /// <summary>
    /// Whether the socket is on every address, and another entry has a multicast group with the same port: datagrams to the group are for
    /// that entry alone.
    /// </summary>
    public bool LeavesGroups { get; init; }

    /// <summary>TCP_NODELAY, tcp(7).</summary>
    public required bool NoDelay { get; init; }

    /// <summary>SO_KEEPALIVE, socket(7), and its times.</summary>
    public required KeepAlive KeepAlive { get; init; }

    /// <summary>SO_RCVBUF in bytes; null: the system's default.</summary>
    public required int? ReceiveBuffer { get; init; }

    /// <summary>SO_SNDBUF in bytes; null: the system's default.</summary>
    public required int? SendBuffer { get; init; }

    /// <summary>TCP_DEFER_ACCEPT: a connection is accepted when its first byte is there, or after this time; null: at once.</summary>
    public required TimeSpan? DeferAccept { get; init; }

    /// <summary>TCP_FASTOPEN, tcp(7): for so many connections whose handshake is not complete; null: off.</summary>
    public required int? FastOpen { get; init; }

    /// <summary>SO_BINDTODEVICE: the network interface to listen on; null: all.</summary>
    public required string? Device { get; init; }

    /// <summary>IP_FREEBIND, ip(7): whether the socket may be bound to an address that this host does not have.</summary>
    public required bool FreeBind { get; init; }

    /// <summary>IP_TRANSPARENT, ip(7): whether the socket may serve addresses of other hosts.</summary>
    public required bool Transparent { get; init; }

    /// <summary>IP_TOS or IPV6_TCLASS, ip(7); null: the system's default.</summary>
    public required int? TypeOfService { get; init; }

    /// <summary>IP_TTL or IPV6_UNICAST_HOPS, ip(7); null: the system's default.</summary>
    public required int? TimeToLive { get; init; }

    /// <summary>SO_MARK, socket(7); null: none.</summary>
    public required int? Mark { get; init; }

    /// <summary>SO_PRIORITY, socket(7), of datagrams and accepted connections; null: by the type of service.</summary>
    public required int? Priority { get; init; }

    /// <summary>TCP_CONGESTION, tcp(7): the name of a congestion control; null: the system's default.</summary>
    public required string? Congestion { get; init; }

    /// <summary>The types of ICMP that a raw socket receives, ascending; null: every type.</summary>
    public ImmutableArray<int>? Types { get; init; }

    /// <summary>The owner of the path of a unix socket; null: the daemon's user.</summary>
    public required uint? Owner { get; init; }

    /// <summary>The group of the path of a unix socket; null: the daemon's.</summary>
    public required uint? Group { get; init; }

    /// <summary>The permissions of the path of a unix socket.</summary>
    public required UnixFileMode Mode { get; init; }

    /// <summary>The position of the entry.</summary>
    public required Position At { get; init; }
}
