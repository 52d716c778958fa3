using System.Net.Sockets;
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
    private static readonly Kind[] Kinds =
    [
        new(Transport.Tcp, "tcp", "a TCP socket", IsUnix: false, SocketType.Stream, ProtocolType.Tcp, Scope.Tcp),
        new(Transport.Udp, "udp", "a UDP socket", IsUnix: false, SocketType.Dgram, ProtocolType.Udp, Scope.Udp),
        new(Transport.UnixStream, "stream", "a unix socket", IsUnix: true, SocketType.Stream, ProtocolType.Unspecified, Scope.UnixStream),
        new(Transport.UnixDatagram, "datagram", "a unix datagram socket", IsUnix: true, SocketType.Dgram, ProtocolType.Unspecified,
            Scope.UnixDatagram),
        new(Transport.UnixSeqpacket, "seqpacket", "a unix seqpacket socket", IsUnix: true, SocketType.Seqpacket, ProtocolType.Unspecified,
            Scope.UnixSeqpacket),
    ];

    /// <summary>The kind of socket by its word.</summary>
    /// <param name="word">The word, such as <c>tcp</c> behind a port or <c>stream</c> at the key <c>type</c>.</param>
    /// <param name="isUnix">Whether it is one of the unix sockets.</param>
    /// <returns>The kind; null where no kind has the word.</returns>
    public static Transport? Named(string word, bool isUnix) =>
        Kinds.FirstOrDefault(kind => kind.Word == word && kind.IsUnix == isUnix)?.Transport;

    /// <summary>The kind of an existing socket; null for a kind that no map can have, such as a raw socket.</summary>
    public static Transport? Of(AddressFamily family, SocketType type) =>
        Kinds.FirstOrDefault(kind => kind.IsUnix == (family == AddressFamily.Unix) && kind.Type == type)?.Transport;

    private static Kind Of(Transport transport) => Kinds[(int)transport];

    extension(Transport transport)
    {
        /// <summary>Its word in maps, messages and <c>status</c>.</summary>
        public string Word => Of(transport).Word;

        /// <summary>Its description within a sentence.</summary>
        public string Noun => Of(transport).Noun;

        /// <summary>Whether it has a path or an abstract name instead of an address and a port.</summary>
        public bool IsUnix => Of(transport).IsUnix;

        /// <summary>Whether it takes datagrams; otherwise it takes connections.</summary>
        public bool IsDatagram => Of(transport).Type == SocketType.Dgram;

        /// <summary>Its type for socket(2).</summary>
        public SocketType SocketType => Of(transport).Type;

        /// <summary>Its protocol for socket(2).</summary>
        public ProtocolType Protocol => Of(transport).Protocol;

        /// <summary>The scope of the keys that are for it.</summary>
        internal Scope Scope => Of(transport).Scope;
    }

    private sealed record Kind(
        Transport Transport, string Word, string Noun, bool IsUnix, SocketType Type, ProtocolType Protocol, Scope Scope);
}
