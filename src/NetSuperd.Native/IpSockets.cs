using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>The protocols of IP sockets.</summary>
/// <remarks>Those of a socket are told by its type: the runtime does not name the protocol of every socket that it is given.</remarks>
internal static class IpSockets
{
    extension(ProtocolType protocol)
    {
        /// <summary>Whether its sockets have the states of tcp(7).</summary>
        public bool IsTcp => protocol == ProtocolType.Tcp;
    }

    extension(Socket socket)
    {
        /// <summary>Whether it has the options of tcp(7). MPTCP has them as well, by a protocol number of its own.</summary>
        public bool IsTcp => socket is { AddressFamily: not AddressFamily.Unix, SocketType: SocketType.Stream };

        /// <summary>Whether it has the options of udp(7).</summary>
        public bool IsUdp => socket is { AddressFamily: not AddressFamily.Unix, SocketType: SocketType.Dgram };
    }
}
