using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>Listening sockets of any family.</summary>
public static class StreamListener
{
    /// <summary>Has accept(2) not wait for a client. The flag is of the open file: another process that shares it may clear it.</summary>
    public static void SetNonBlocking(SafeHandle listener) => _ = Libc.fcntl(listener, Libc.F_SETFL, Libc.O_NONBLOCK);

    /// <summary>Accepts a connection of a listener that does not block.</summary>
    /// <remarks>
    /// Not by <see cref="Socket.AcceptAsync()"/>: that waits for a client in the same call, and what a client needs has to be taken when
    /// the client is there and before it is accepted. For unix sockets it has room for a name as long as the listener's own, and a client
    /// with a longer one ends the process. Such a name is not asked for here at all: it says nothing, and every client chooses its own.
    /// </remarks>
    /// <param name="listener">The listener.</param>
    /// <param name="family">The family of its address.</param>
    /// <param name="errno">Why there is none: EAGAIN where no client waits.</param>
    public static unsafe StreamSocket? Accept(SafeHandle listener, AddressFamily family, out Errno errno)
    {
        var fd = Libc.accept4(listener, null, null, Libc.SOCK_CLOEXEC);
        errno = fd >= 0 ? default : (Errno)Marshal.GetLastPInvokeError();
        return fd >= 0 ? new StreamSocket(fd, family) : null;
    }

    /// <summary>Accepts a connection if one waits, and never waits for one.</summary>
    /// <remarks>
    /// O_NONBLOCK is set each time. Another process that shares the open file can have cleared it, such as a child that has left it behind,
    /// and then a client that this process finds taken by another one would hold up the call, and with it the stop, until the next client
    /// comes.
    /// </remarks>
    /// <returns>The connection; null where none waits.</returns>
    /// <exception cref="LibcException">accept4(2) failed.</exception>
    public static StreamSocket? Accept(Socket listener)
    {
        SetNonBlocking(listener.SafeHandle);
        return Accept(listener.SafeHandle, listener.AddressFamily, out var errno)
            ?? (errno == Errno.EAGAIN ? null : throw new LibcException("accept4", "", errno));
    }
}
