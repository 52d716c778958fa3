using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>Listening sockets of any family.</summary>
public static class StreamListener
{
    /// <summary>Accepts a connection if one waits, and never waits for one.</summary>
    /// <remarks>
    /// Not by <see cref="Socket.AcceptAsync()"/>: that waits for a client in the same call, and what a client needs has to be taken when he is
    /// there and before he is accepted. For unix sockets it has room for a name as long as the listener's own, and a client with a longer one
    /// ends the process. Such a name is not asked for here at all: it says nothing, and everybody chooses his own.
    /// <para>
    /// O_NONBLOCK is set each time. Whoever shares the open file can have cleared it, such as what a child has left behind, and then the client whom
    /// another process accepts first would hold us in the call, and with us the stop, until the next one comes.
    /// </para>
    /// </remarks>
    /// <returns>The connection; null where none waits.</returns>
    /// <exception cref="LibcException">accept4(2) failed.</exception>
    public static unsafe Socket? Accept(Socket listener)
    {
        _ = Libc.fcntl(listener.SafeHandle, Libc.F_SETFL, Libc.O_NONBLOCK);
        var fd = Libc.accept4(listener.SafeHandle, null, null, Libc.SOCK_CLOEXEC);
        return fd >= 0 ? new Socket(new SafeSocketHandle(fd, ownsHandle: true))
            : LibcException.Last("accept4", "") is { Errno: not Errno.EAGAIN } failure ? throw failure
            : null;
    }
}
