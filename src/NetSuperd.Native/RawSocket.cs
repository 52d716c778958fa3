using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The beginning of a raw socket, and what a child cannot undo on it (raw(7)).</summary>
/// <remarks>
/// The system queues packets for a raw socket from its creation on: for every address, and without its filter. So it begins with a filter
/// that drops everything, and what came before that is discarded when it has its address.
/// </remarks>
public static class RawSocket
{
    /// <summary>Makes a new socket receive nothing.</summary>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static void Silence(Socket socket) => SocketFilter.Nothing.Attach(socket);

    /// <summary>Makes a bound socket receive what its filter admits.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="filter">The filter, which is locked; null: everything.</param>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static unsafe void Open(Socket socket, SocketFilter? filter)
    {
        // An error of the socket is received as well, once: behind it there may be packets.
        for (var failures = 0; failures < 2;)
        {
            failures = Libc.recv(socket.SafeHandle, null, 0, Libc.MSG_DONTWAIT) < 0 ? failures + 1 : 0;
        }

        if (filter is not null)
        {
            filter.Lock(socket);
        }
        else
        {
            _ = SocketFilter.Detach(socket);
        }
    }

    /// <summary>Whether a process has bound the socket to another address, or has connected it, which cannot be undone.</summary>
    /// <remarks>
    /// A dissolved association takes a raw socket out of the list of receivers for good, and its protocol from its address
    /// (__udp_disconnect in net/ipv4/datagram.c).
    /// </remarks>
    /// <param name="socket">The socket.</param>
    /// <param name="address">The address to which it was bound.</param>
    public static bool IsMoved(Socket socket, IPAddress address) =>
        SocketName.LocalOf(socket.SafeHandle) is not IPEndPoint local
        || local.Port == 0
        || !local.Address.GetAddressBytes().AsSpan().SequenceEqual(address.GetAddressBytes());
}
