using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config;

/// <summary>A kind of socket of the map.</summary>
public enum Transport
{
    Tcp,
    Udp,
    UnixStream,
    UnixDatagram,
    UnixSeqpacket,
}

/// <summary>Everything in which the kinds of socket differ. A new kind is one more row here.</summary>
public static class Transports
{
    /// <summary>The kind of an IP socket whose notation names none.</summary>
    public const Transport OfBarePort = Transport.Tcp;

    private static readonly Kind[] Kinds =
    [
        new(Transport.Tcp, "tcp", "TCP", "a TCP socket", IsUnix: false, SocketType.Stream, ProtocolType.Tcp),
        new(Transport.Udp, "udp", "UDP", "a UDP socket", IsUnix: false, SocketType.Dgram, ProtocolType.Udp),
        new(Transport.UnixStream, "stream", "UNIX", "a unix socket", IsUnix: true, SocketType.Stream, ProtocolType.Unspecified),
        new(Transport.UnixDatagram, "datagram", "UNIX", "a unix datagram socket", IsUnix: true, SocketType.Dgram, ProtocolType.Unspecified),
        new(Transport.UnixSeqpacket, "seqpacket", "UNIX", "a unix seqpacket socket", IsUnix: true, SocketType.Seqpacket,
            ProtocolType.Unspecified),
    ];

    /// <summary>The words of the kinds that may stand behind a port.</summary>
    public static IEnumerable<string> IpWords => Kinds.Where(kind => !kind.IsUnix).Select(kind => kind.Word);

    /// <summary>The kind of socket by its word.</summary>
    /// <param name="word">The word, such as <c>tcp</c> behind a port or <c>stream</c> at the key <c>type</c>.</param>
    /// <param name="isUnix">Whether it is one of the unix sockets.</param>
    /// <returns>The kind; null where no kind has the word.</returns>
    public static Transport? Named(string word, bool isUnix) =>
        Kinds.FirstOrDefault(kind => kind.Word == word && kind.IsUnix == isUnix)?.Transport;

    /// <summary>The kind of an existing socket; null for a kind that no map can have, such as a raw socket.</summary>
    /// <remarks>A variant of a protocol, such as MPTCP, is of the first kind with its type.</remarks>
    public static Transport? Of(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        var alike = Kinds.Where(kind => kind.IsUnix == family.IsUnix && kind.Type == type).ToList();
        return (alike.Find(kind => kind.Protocol == protocol) ?? alike.FirstOrDefault())?.Transport;
    }

    private static Kind Of(Transport transport) => Kinds[(int)transport];

    extension(Transport transport)
    {
        /// <summary>Its word in maps, messages and <c>status</c>; for an IP socket also that of services(5).</summary>
        public string Word => Of(transport).Word;

        /// <summary>The name of its protocol in <c>connections</c>, and in PROTO of the children (UCSPI).</summary>
        public string ProtocolName => Of(transport).ProtocolName;

        /// <summary>Its description within a sentence.</summary>
        public string Noun => Of(transport).Noun;

        /// <summary>Whether it has a path or an abstract name instead of an address and a port.</summary>
        public bool IsUnix => Of(transport).IsUnix;

        /// <summary>Whether it has the options and the diagnosis of tcp(7).</summary>
        public bool IsTcp => Of(transport).Protocol == ProtocolType.Tcp;

        /// <summary>Whether its connections are streams of bytes, which handlers of connections can serve.</summary>
        public bool IsStream => Of(transport).Type == SocketType.Stream;

        /// <summary>Whether it takes datagrams; otherwise it takes connections.</summary>
        public bool IsDatagram => Of(transport).Type == SocketType.Dgram;

        /// <summary>Its type for socket(2).</summary>
        public SocketType SocketType => Of(transport).Type;

        /// <summary>Its protocol for socket(2).</summary>
        public ProtocolType Protocol => Of(transport).Protocol;

        /// <summary>The scope of the keys that are for it.</summary>
        internal Scope Scope => (transport.IsUnix, transport.IsDatagram) switch
        {
            (true, true) => Scope.UnixDatagram,
            (true, false) => Scope.UnixConnecting,
            (false, true) => Scope.IpDatagram,
            (false, false) => transport.IsTcp ? Scope.IpConnecting | Scope.Tcp : Scope.IpConnecting,
        };
    }

    private sealed record Kind(
        Transport Transport, string Word, string ProtocolName, string Noun, bool IsUnix, SocketType Type, ProtocolType Protocol);
}
