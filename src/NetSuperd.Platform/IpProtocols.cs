using System.Net.Sockets;

namespace NetSuperd.Platform;

/// <summary>Protocols of IP sockets for which <see cref="ProtocolType"/> has no name; the numbers are IANA's, or Linux's.</summary>
public static class IpProtocols
{
    /// <summary>Multipath TCP: connections of several paths.</summary>
    public const ProtocolType Mptcp = (ProtocolType)262;

    /// <summary>UDP-Lite (udplite(7)): datagrams of which a checksum may cover only the first part.</summary>
    public const ProtocolType UdpLite = (ProtocolType)136;

    /// <summary>SCTP (sctp(7)); a socket of the type stream is one association, as a connection is.</summary>
    public const ProtocolType Sctp = (ProtocolType)132;
}
