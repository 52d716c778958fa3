using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>The options of a listening socket for which <see cref="SocketOptionName"/> has no name (socket(7), tcp(7)).</summary>
public static class ListenOptions
{
    /// <summary>SO_REUSEPORT, which may be set on a bound socket, and then lets another socket be bound beside it.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void SharePort(Socket socket, bool share) =>
        socket.SetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_REUSEPORT, BitConverter.GetBytes(share ? 1 : 0));

    /// <summary>TCP_DEFER_ACCEPT: how long the system holds a client back until its first byte comes; 0: not at all.</summary>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    public static void DeferAccept(Socket socket, TimeSpan time) =>
        socket.SetRawSocketOption(Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, BitConverter.GetBytes((int)time.TotalSeconds));
}
