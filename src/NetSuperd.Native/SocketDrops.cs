using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// How many datagrams or connections the system has dropped for a socket since it was opened (SO_MEMINFO, linux/sock_diag.h).
/// </summary>
public static class SocketDrops
{

    /// <summary>
    /// Datagrams for which the queue had no room, or connections for which the backlog had none; null where the system does not report it,
    /// as for unix sockets: there the sender waits.
    /// </summary>
    public static long? Of(Socket socket)
    {
        Span<uint> numbers = stackalloc uint[Libc.SK_MEMINFO_DROPS + 1];
        var room = MemoryMarshal.AsBytes(numbers);
        try
        {
            return socket.RealFamily.IsIp
                && socket.GetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_MEMINFO, room) == room.Length
                ? numbers[Libc.SK_MEMINFO_DROPS]
                : null;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
