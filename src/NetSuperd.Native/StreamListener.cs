using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Listening sockets of any family.</summary>
public static class StreamListener
{
    /// <summary>Makes accept(2) non-blocking. The flag belongs to the open file: another process that shares it may clear it.</summary>
    public static void SetNonBlocking(SafeHandle listener) => _ = Libc.fcntl(listener, Libc.F_SETFL, Libc.O_NONBLOCK);

    /// <summary>Accepts a connection of a listener that does not block.</summary>
    /// <remarks>
    /// <see cref="Socket.AcceptAsync()"/> would not do: it waits for a client in the same call, but a connection has to be counted at its
    /// limits when the client is there and before it is accepted. For unix sockets it has room only for a name as long as the listener's
    /// own, and a client with a longer name ends the process. The name is not asked for here: every client chooses its own, so it tells
    /// nothing.
    /// </remarks>
    /// <param name="listener">The listener.</param>
    /// <param name="family">The family of its address.</param>
    /// <param name="errno">Why there is none: EAGAIN where no client waits.</param>
    public static unsafe LinuxStreamSocket? Accept(SafeHandle listener, AddressFamily family, out Errno errno)
    {
        var fd = Libc.accept4(listener, null, null, Libc.SOCK_CLOEXEC);
        errno = fd >= 0 ? default : (Errno)Marshal.GetLastPInvokeError();
        return fd >= 0 ? new LinuxStreamSocket(fd, family) : null;
    }

    /// <summary>Accepts a connection if one waits, and never waits for one.</summary>
    /// <remarks>
    /// O_NONBLOCK is set each time, since another process that shares the open file, such as one that a child has left, may have cleared
    /// it. If that process then accepted the client first, this call would block until the next client comes, and with it the stop.
    /// </remarks>
    /// <returns>The connection; null where none waits.</returns>
    /// <exception cref="CallException">accept4(2) failed.</exception>
    public static LinuxStreamSocket? Accept(Socket listener)
    {
        SetNonBlocking(listener.SafeHandle);
        return Accept(listener.SafeHandle, listener.RealFamily, out var errno)
            ?? (errno == Errno.EAGAIN ? null : throw new CallException("accept4", "", errno));
    }
}
