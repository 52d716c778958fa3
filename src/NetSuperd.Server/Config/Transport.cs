using System.Diagnostics;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config;

/// <summary>A kind of socket of the map.</summary>
public enum Transport
{
    Tcp,
    Udp,
    Mptcp,
    UdpLite,
    Sctp,
    UnixStream,
    UnixDatagram,
    UnixSeqpacket,
    Raw,
    Vsock,
}

/// <summary>Everything in which the kinds of socket differ. A new kind is one more row here.</summary>
public static class Transports
{
    /// <summary>The kind of an IP socket whose notation names none.</summary>
    public const Transport OfBarePort = Transport.Tcp;

    /// <summary>The kind whose notation has a protocol instead of a port.</summary>
    public const Transport OfProtocols = Transport.Raw;

    private static readonly Kind[] Kinds =
    [
        new(Transport.Tcp, "tcp", "TCP", "a TCP socket", TransportFamily.Ip, SocketType.Stream, ProtocolType.Tcp) { HasVariants = true },
        new(Transport.Udp, "udp", "UDP", "a UDP socket", TransportFamily.Ip, SocketType.Dgram, ProtocolType.Udp) { HasVariants = true },
        new(Transport.Mptcp, "mptcp", "MPTCP", "an MPTCP socket", TransportFamily.Ip, SocketType.Stream, IpProtocols.Mptcp)
        {
            Base = Transport.Tcp, HasPortsOfBase = true, HasHopLimit = false, HasClassOfIPv6 = false,
        },
        new(Transport.UdpLite, "udplite", "UDPLITE", "a UDP-Lite socket", TransportFamily.Ip, SocketType.Dgram, IpProtocols.UdpLite)
        {
            Base = Transport.Udp,
        },
        new(Transport.Sctp, "sctp", "SCTP", "an SCTP socket", TransportFamily.Ip, SocketType.Stream, IpProtocols.Sctp),
        new(Transport.UnixStream, "stream", "UNIX", "a unix socket", TransportFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        new(Transport.UnixDatagram, "datagram", "UNIX", "a unix datagram socket", TransportFamily.Unix, SocketType.Dgram,
            ProtocolType.Unspecified),
        new(Transport.UnixSeqpacket, "seqpacket", "UNIX", "a unix seqpacket socket", TransportFamily.Unix, SocketType.Seqpacket,
            ProtocolType.Unspecified),

        // The protocol under which the system lists its sockets (sock_diag(7)); each has one of its own, which is in its key.
        new(Transport.Raw, "raw", "RAW", "a raw socket", TransportFamily.Ip, SocketType.Raw, ProtocolType.Raw),
        new(Transport.Vsock, "vsock", "VSOCK", "a vsock socket", TransportFamily.Vsock, SocketType.Stream, ProtocolType.Unspecified),
    ];

    /// <summary>The words of the kinds that may stand behind a port.</summary>
    public static IEnumerable<string> IpWords => WithPorts.Select(kind => kind.Word);

    /// <summary>A port with each of these words, for a message.</summary>
    public static string IpWordsFor(string port)
    {
        var all = IpWords.Select(word => $"\"{port}/{word}\"").ToList();
        return $"{string.Join(", ", all[..^1])} or {all[^1]}";
    }

    /// <summary>The kind of socket by its word.</summary>
    /// <param name="word">The word, such as <c>tcp</c> behind a port or <c>stream</c> at the key <c>type</c>.</param>
    /// <param name="family">The family of the kind.</param>
    /// <returns>The kind; null where no kind has the word.</returns>
    public static Transport? Named(string word, TransportFamily family) =>
        Kinds.FirstOrDefault(kind => kind.Word == word && kind.Family == family)?.Transport;

    /// <summary>The kind of an existing socket; null for a kind that no map can have, such as a packet socket.</summary>
    /// <remarks>A protocol that is none of these is of the first kind with its type.</remarks>
    public static Transport? Of(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        var alike = Kinds.Where(kind => kind.Family == FamilyOf(family) && kind.Type == type).ToList();
        return (alike.Find(kind => kind.Protocol == protocol) ?? alike.FirstOrDefault())?.Transport;
    }

    /// <summary>The kinds that an entry may choose by its key <c>protocol</c>, by their words.</summary>
    public static IEnumerable<(string Word, Transport Transport)> Protocols =>
        WithPorts.Select(kind => (kind.Word, kind.Transport));

    /// <summary>
    /// PROTO of a child, and the first part of the names of its variables (UCSPI), by the name of its connection's protocol: a variant of a
    /// protocol has those of the protocol, since programs serve both alike.
    /// </summary>
    public static string VariablesOf(string protocolName)
    {
        // A loop, since a lambda would be an object for each connection.
        foreach (var kind in Kinds)
        {
            if (kind.Base is { } other && kind.ProtocolName == protocolName)
            {
                return Of(other).ProtocolName;
            }
        }

        return protocolName;
    }

    /// <summary>Whether the kernel tells the state of the connections of a protocol, by its name, to others than their holders.</summary>
    public static bool IsListed(string protocolName) =>
        protocolName == Transport.Tcp.ProtocolName || protocolName == Transport.Mptcp.ProtocolName;

    /// <summary>Whether connections of a protocol, by its name, have several paths.</summary>
    public static bool HasPaths(string protocolName) => protocolName == Transport.Mptcp.ProtocolName;

    /// <summary>
    /// The name of the protocol of an accepted connection: a client that does not know the variant of a protocol is served without it.
    /// </summary>
    public static string ProtocolNameOf(this Transport transport, StreamSocket connection) =>
        transport.PortSpace is var other && other != transport && !connection.Has(transport.Protocol)
            ? other.ProtocolName
            : transport.ProtocolName;

    /// <summary>Whether its sockets and those of another kind have the same ports.</summary>
    public static bool SharesPortsWith(this Transport transport, Transport other) => transport.PortSpace == other.PortSpace;

    /// <summary>Whether <c>protocol</c> of an entry of this kind may choose the other.</summary>
    public static bool MayBecome(this Transport transport, Transport other) =>
        other == transport
        || (Of(transport).HasVariants && other.IsIp && other.SocketType == transport.SocketType);

    /// <summary>The kind among those that a system may never have, <see cref="Host.Absent"/>.</summary>
    public static string AbsentKey(this Transport transport) => "sockets." + (Of(transport).Family switch
    {
        TransportFamily.Unix => "unix",
        TransportFamily.Vsock => "vsock",
        TransportFamily.Ip => transport.Word,
        var family => throw Unknown(family),
    });

    /// <summary>Why this host has no such sockets, and what to do; null: it has, as every one has those of TCP and UDP.</summary>
    /// <param name="transport">The kind.</param>
    /// <param name="ask">Asks the system for the reason.</param>
    public static string? Absence(this Transport transport, Func<AddressFamily, SocketType, ProtocolType, Errno?> ask) =>
        Of(transport).Absence(ask) switch
        {
            Errno.ENOPROTOOPT when transport == Transport.Mptcp => "MPTCP is switched off on this host: set net.mptcp.enabled to 1",
            Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT or Errno.EAFNOSUPPORT =>
                $"the kernel of this host has no {transport.ProtocolName}, or may not load its module",
            _ => null,
        };

    /// <summary>What a decision by family throws for another one than it knows.</summary>
    internal static UnreachableException Unknown(TransportFamily family) => new($"no socket of the map is of the family {family}");

    private static Kind Of(Transport transport) => Kinds[(int)transport];

    // The IP sockets with a port.
    private static IEnumerable<Kind> WithPorts => Kinds.Where(kind => kind.Transport is { IsIp: true, IsRaw: false });

    private static TransportFamily FamilyOf(AddressFamily family) =>
        family.IsUnix ? TransportFamily.Unix : family.IsIp ? TransportFamily.Ip : TransportFamily.Vsock;

    extension(Transport transport)
    {
        /// <summary>Its word in maps, messages and <c>status</c>; for an IP socket also that of services(5).</summary>
        public string Word => Of(transport).Word;

        /// <summary>The name of its protocol in <c>connections</c>.</summary>
        public string ProtocolName => Of(transport).ProtocolName;

        /// <summary>The kind that has the same ports: two sockets of such kinds cannot be bound to the same address and port.</summary>
        public Transport PortSpace => Of(transport) is { HasPortsOfBase: true, Base: { } other } ? other : transport;

        /// <summary>The protocol by whose name services(5) has its ports: UDP-Lite has the numbers of UDP (RFC 3828, 6).</summary>
        public string ServicesWord => (Of(transport).Base ?? transport).Word;

        /// <summary>Whether the system lets its IPv6 sockets have the option <c>tos</c>.</summary>
        public bool HasClassOfIPv6 => Of(transport).HasClassOfIPv6;

        /// <summary>Its description within a sentence.</summary>
        public string Noun => Of(transport).Noun;

        /// <summary>What its sockets have as an address.</summary>
        public TransportFamily Family => Of(transport).Family;

        /// <summary>Whether it has an address of IPv4 or IPv6.</summary>
        public bool IsIp => transport.Family == TransportFamily.Ip;

        /// <summary>Whether it has a path or an abstract name.</summary>
        public bool IsUnix => transport.Family == TransportFamily.Unix;

        /// <summary>Whether it has a context identifier and a port (vsock(7)).</summary>
        public bool IsVsock => transport.Family == TransportFamily.Vsock;

        /// <summary>Whether it has the options and the diagnosis of tcp(7).</summary>
        public bool IsTcp => Of(Of(transport).Base ?? transport).Protocol == ProtocolType.Tcp;

        /// <summary>Whether its connections are streams of bytes, which handlers of connections can serve.</summary>
        public bool IsStream => Of(transport).Type == SocketType.Stream;

        /// <summary>Whether it takes datagrams, or packets; otherwise it takes connections.</summary>
        public bool IsDatagram => Of(transport).Type is SocketType.Dgram or SocketType.Raw;

        /// <summary>Whether its datagrams can be forwarded: each client, an address and a port, has a session.</summary>
        public bool HasSessions => Of(transport) is { Type: SocketType.Dgram, Family: TransportFamily.Ip };

        /// <summary>Whether it takes the packets of a protocol above IP, and has that protocol instead of a port (raw(7)).</summary>
        public bool IsRaw => transport == OfProtocols;

        /// <summary>Its type for socket(2).</summary>
        public SocketType SocketType => Of(transport).Type;

        /// <summary>Its protocol for socket(2), unless it is raw, and for sock_diag(7).</summary>
        public ProtocolType Protocol => Of(transport).Protocol;

        /// <summary>The scope of the keys that are for it.</summary>
        internal Scope Scope => Of(transport).Scope;
    }

    private sealed record Kind(
        Transport Transport, string Word, string ProtocolName, string Noun, TransportFamily Family, SocketType Type, ProtocolType Protocol)
    {
        // Whether the key protocol of an entry may choose another kind.
        public bool HasVariants { get; init; }

        // The protocol of which it is a variant: to programs both are alike, and services(5) has one number for both.
        public Transport? Base { get; init; }

        // Whether its sockets are on the ports of that, and take the same clients.
        public bool HasPortsOfBase { get; init; }

        // mptcp_setsockopt in net/mptcp/sockopt.c has neither IP_TTL nor, for IPv6, IPV6_TCLASS.
        public bool HasHopLimit { get; init; } = Family == TransportFamily.Ip;

        public bool HasClassOfIPv6 { get; init; } = Family == TransportFamily.Ip;

        public Scope Scope => (Family, Transport.IsDatagram) switch
        {
            (TransportFamily.Unix, true) => Scope.UnixDatagram,
            (TransportFamily.Unix, false) => Scope.UnixConnecting,
            (TransportFamily.Ip, true) => Transport.IsRaw ? Scope.Raw : Scope.IpDatagram,
            (TransportFamily.Ip, false) => Scope.IpConnecting | (Transport.IsTcp ? Scope.Tcp : Scope.Unlisted),
            (TransportFamily.Vsock, _) => Scope.Vsock,
            _ => throw Unknown(Family),
        } | (HasHopLimit ? Scope.HopLimit : Scope.None);

        public Errno? Absence(Func<AddressFamily, SocketType, ProtocolType, Errno?> ask) => ask(SystemFamily, Type, Protocol);

        private AddressFamily SystemFamily => Family switch
        {
            TransportFamily.Ip => AddressFamily.InterNetwork,
            TransportFamily.Unix => AddressFamily.Unix,
            TransportFamily.Vsock => Families.Vsock,
            _ => throw Unknown(Family),
        };
    }
}
