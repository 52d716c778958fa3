using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>IP sockets and their protocols.</summary>
/// <remarks>The type of a socket tells its protocol: the runtime does not name every protocol of the sockets that it is given.</remarks>
public static class IpSockets
{
    /// <summary>Creates a socket, whether or not the runtime knows its protocol.</summary>
    /// <exception cref="CallException">socket(2) failed.</exception>
    public static Socket Create(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        // SocketType and ProtocolType have the numbers of socket(2).
        var fd = Libc.socket(family.Domain, (int)type | Libc.SOCK_CLOEXEC, (int)protocol);
        return fd >= 0 ? new Socket(new SafeSocketHandle(fd, ownsHandle: true)) : throw Libc.Failure("socket", $"{protocol}");
    }

    /// <summary>Whether the sockets of a protocol have the states of tcp(7).</summary>
    internal static bool HasTcpStates(ProtocolType protocol) => Listed(protocol) == Libc.IPPROTO_TCP;

    /// <summary>The protocol under which sock_diag(7) lists sockets: each path of MPTCP is a TCP connection of its own.</summary>
    internal static byte Listed(ProtocolType protocol) => (byte)(protocol == IpProtocols.Mptcp ? Libc.IPPROTO_TCP : (int)protocol);

    extension(Socket socket)
    {
        /// <summary>Whether it has the options of tcp(7). MPTCP has them as well, by a protocol number of its own.</summary>
        internal bool IsTcp => socket.SocketType == SocketType.Stream && socket.RealFamily.IsIp && socket.RealProtocol != IpProtocols.Sctp;

        /// <summary>Its protocol (SO_PROTOCOL); the runtime does not name each.</summary>
        internal ProtocolType RealProtocol => InheritedSocket.Describe(socket.SafeHandle)?.Protocol ?? socket.ProtocolType;

        /// <summary>Whether it has the options of raw(7).</summary>
        internal bool IsRaw => socket.SocketType == SocketType.Raw;

        /// <summary>Whether it has the options of udp(7). UDP-Lite has them as well.</summary>
        internal bool IsUdp => socket.SocketType == SocketType.Dgram && socket.RealFamily.IsIp;
    }
}
