using System.Net.Sockets;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The network interface that a socket is bound to (socket(7), SO_BINDTODEVICE).</summary>
/// <remarks><see cref="Socket.SetRawSocketOption"/> would not do: the runtime reports ENODEV as an unspecific error.</remarks>
public static class SocketDevice
{
    /// <summary>Binds the socket to an interface; an empty name undoes that.</summary>
    /// <exception cref="CallException">setsockopt(2) failed; ENODEV: there is no such interface.</exception>
    public static unsafe void Bind(Socket socket, string device)
    {
        var name = Encoding.UTF8.GetBytes(device);
        fixed (byte* start = name)
        {
            if (Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, start, (uint)name.Length) < 0)
            {
                throw Libc.Failure("setsockopt", $"SO_BINDTODEVICE, {device}");
            }
        }
    }

    /// <summary>
    /// Whether the interface is gone: the socket receives nothing more, even if an interface of that name is created again.
    /// </summary>
    public static unsafe bool IsGone(Socket socket)
    {
        var name = stackalloc byte[Libc.IFNAMSIZ];
        var length = (uint)Libc.IFNAMSIZ;
        return Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, name, &length) < 0
            && Libc.Failure("getsockopt", "SO_BINDTODEVICE").Errno == Errno.ENODEV;
    }
}
