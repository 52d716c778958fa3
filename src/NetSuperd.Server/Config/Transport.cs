using System.Net.Sockets;
using NetSuperd.Native;
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
        new(Transport.Tcp, "tcp", "TCP", "a TCP socket", IsUnix: false, SocketType.Stream, ProtocolType.Tcp) { HasVariants = true },
        new(Transport.Udp, "udp", "UDP", "a UDP socket", IsUnix: false, SocketType.Dgram, ProtocolType.Udp) { HasVariants = true },
        new(Transport.Mptcp, "mptcp", "MPTCP", "an MPTCP socket", IsUnix: false, SocketType.Stream, IpSockets.Mptcp)
        {
            Base = Transport.Tcp, HasPortsOfBase = true, HasHopLimit = false, HasClassOfIPv6 = false,
        },
        new(Transport.UdpLite, "udplite", "UDPLITE", "a UDP-Lite socket", IsUnix: false, SocketType.Dgram, IpSockets.UdpLite)
        {
            Base = Transport.Udp,
        },
        new(Transport.Sctp, "sctp", "SCTP", "an SCTP socket", IsUnix: false, SocketType.Stream, IpSockets.Sctp),
        new(Transport.UnixStream, "stream", "UNIX", "a unix socket", IsUnix: true, SocketType.Stream, ProtocolType.Unspecified),
        new(Transport.UnixDatagram, "datagram", "UNIX", "a unix datagram socket", IsUnix: true, SocketType.Dgram, ProtocolType.Unspecified),
        new(Transport.UnixSeqpacket, "seqpacket", "UNIX", "a unix seqpacket socket", IsUnix: true, SocketType.Seqpacket,
            ProtocolType.Unspecified),

        // The protocol under which the system lists its sockets (sock_diag(7)); each has one of its own, which is in its key.
        new(Transport.Raw, "raw", "RAW", "a raw socket", IsUnix: false, SocketType.Raw, ProtocolType.Raw),
    ];

    /// <summary>The words of the kinds that may stand behind a port.</summary>
    public static IEnumerable<string> IpWords => Kinds.Where(kind => !kind.IsUnix && !kind.Transport.IsRaw).Select(kind => kind.Word);

    /// <summary>A port with each of these words, for a message.</summary>
    public static string IpWordsFor(string port)
    {
        var all = IpWords.Select(word => $"\"{port}/{word}\"").ToList();
        return $"{string.Join(", ", all[..^1])} or {all[^1]}";
    }

    /// <summary>The kind of socket by its word.</summary>
    /// <param name="word">The word, such as <c>tcp</c> behind a port or <c>stream</c> at the key <c>type</c>.</param>
    /// <param name="isUnix">Whether it is one of the unix sockets.</param>
    /// <returns>The kind; null where no kind has the word.</returns>
    public static Transport? Named(string word, bool isUnix) =>
        Kinds.FirstOrDefault(kind => kind.Word == word && kind.IsUnix == isUnix)?.Transport;

    /// <summary>The kind of an existing socket; null for a kind that no map can have, such as a packet socket.</summary>
    /// <remarks>A protocol that is none of these is of the first kind with its type.</remarks>
    public static Transport? Of(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        var alike = Kinds.Where(kind => kind.IsUnix == family.IsUnix && kind.Type == type).ToList();
        return (alike.Find(kind => kind.Protocol == protocol) ?? alike.FirstOrDefault())?.Transport;
    }

    /// <summary>The kinds that an entry may choose by its key <c>protocol</c>, by their words.</summary>
    public static IEnumerable<(string Word, Transport Transport)> Protocols =>
        Kinds.Where(kind => !kind.IsUnix && !kind.Transport.IsRaw).Select(kind => (kind.Word, kind.Transport));

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
        || (Of(transport).HasVariants && !other.IsUnix && other.SocketType == transport.SocketType);

    /// <summary>Why this host has no such sockets, and what to do; null: it has, as every Linux has those of TCP and UDP.</summary>
    public static string? Absence(this Transport transport) => IpSockets.Absence(transport.SocketType, transport.Protocol) switch
    {
        Errno.ENOPROTOOPT when transport == Transport.Mptcp => "MPTCP is switched off on this host: set net.mptcp.enabled to 1",
        Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT or Errno.EAFNOSUPPORT =>
            $"the kernel of this host has no {transport.ProtocolName}, or may not load its module",
        _ => null,
    };

    private static Kind Of(Transport transport) => Kinds[(int)transport];

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

        /// <summary>Whether it has a path or an abstract name instead of an address and a port.</summary>
        public bool IsUnix => Of(transport).IsUnix;

        /// <summary>Whether it has the options and the diagnosis of tcp(7).</summary>
        public bool IsTcp => Of(Of(transport).Base ?? transport).Protocol == ProtocolType.Tcp;

        /// <summary>Whether its connections are streams of bytes, which handlers of connections can serve.</summary>
        public bool IsStream => Of(transport).Type == SocketType.Stream;

        /// <summary>Whether it takes datagrams, or packets; otherwise it takes connections.</summary>
        public bool IsDatagram => Of(transport).Type is SocketType.Dgram or SocketType.Raw;

        /// <summary>Whether it takes the packets of a protocol above IP, and has that protocol instead of a port (raw(7)).</summary>
        public bool IsRaw => transport == OfProtocols;

        /// <summary>Its type for socket(2).</summary>
        public SocketType SocketType => Of(transport).Type;

        /// <summary>Its protocol for socket(2), unless it is raw, and for sock_diag(7).</summary>
        public ProtocolType Protocol => Of(transport).Protocol;

        /// <summary>The scope of the keys that are for it.</summary>
        internal Scope Scope => (transport.IsUnix, transport.IsDatagram) switch
        {
            (true, true) => Scope.UnixDatagram,
            (true, false) => Scope.UnixConnecting,
            (false, true) => transport.IsRaw ? Scope.Raw : Scope.IpDatagram,
            (false, false) => Scope.IpConnecting | (transport.IsTcp ? Scope.Tcp : Scope.Unlisted),
        } | (Of(transport).HasHopLimit ? Scope.HopLimit : Scope.None);
    }

    private sealed record Kind(
        Transport Transport, string Word, string ProtocolName, string Noun, bool IsUnix, SocketType Type, ProtocolType Protocol)
    {
        // Whether the key protocol of an entry may choose another kind.
        public bool HasVariants { get; init; }

        // The protocol of which it is a variant: to programs both are alike, and services(5) has one number for both.
        public Transport? Base { get; init; }

        // Whether its sockets are on the ports of that, and take the same clients.
        public bool HasPortsOfBase { get; init; }

        // mptcp_setsockopt in net/mptcp/sockopt.c has neither IP_TTL nor, for IPv6, IPV6_TCLASS.
        public bool HasHopLimit { get; init; } = !IsUnix;

        public bool HasClassOfIPv6 { get; init; } = !IsUnix;
    }
}
