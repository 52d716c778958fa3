using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>A listening or datagram socket that children share with the daemon, one after the other.</summary>
/// <remarks>They share the open file and not a copy: what one of them does to it stays when it has ended.</remarks>
public static class SharedSocket
{
    /// <summary>
    /// Clears O_NONBLOCK, which no child expects. Only when one is about to get the socket, and nobody else accepts on it: the flag is that of the open
    /// file, which all who have the socket share.
    /// </summary>
    public static void Block(Socket socket)
    {
        var flags = Libc.fcntl(socket.SafeHandle, Libc.F_GETFL, 0);
        if ((flags & Libc.O_NONBLOCK) != 0)
        {
            _ = Libc.fcntl(socket.SafeHandle, Libc.F_SETFL, flags & ~Libc.O_NONBLOCK);
        }
    }

    /// <summary>Takes back what a child may have done to the socket: the peer of a datagram socket, the end of listening.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isDatagram">Whether it takes datagrams and not connections.</param>
    /// <param name="backlog">How many connections the system queues.</param>
    /// <exception cref="LibcException">A call failed: the socket is of no use any more.</exception>
    public static unsafe void Restore(Socket socket, bool isDatagram, int backlog)
    {
        if (!isDatagram)
        {
            // On what listens it changes nothing but the backlog, which is the same.
            Check(Libc.listen(socket.SafeHandle, backlog), "listen", socket);
            return;
        }

        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var length = (uint)Libc.SizeOfAnyAddress;
        if (Libc.getpeername(socket.SafeHandle, address, &length) == 0)
        {
            // An address of no family dissolves the association (connect(2)).
            new Span<byte>(address, Libc.SizeOfAnyAddress).Clear();
            Check(Libc.connect(socket.SafeHandle, address, Libc.SizeOfAnyAddress), "connect", socket);
        }
    }

    /// <summary>Whether a child has shut the socket down for reading, which nothing takes back on a datagram or unix socket (shutdown(2)).</summary>
    public static unsafe bool IsShutDown(Socket socket)
    {
        var handle = socket.SafeHandle;
        var ignored = false;
        handle.DangerousAddRef(ref ignored);
        try
        {
            var asked = new Libc.PollDescriptor { fd = (int)handle.DangerousGetHandle(), events = Libc.POLLRDHUP };
            return Libc.poll(&asked, 1, 0) > 0 && (asked.revents & (Libc.POLLRDHUP | Libc.POLLHUP)) != 0;
        }
        finally
        {
            handle.DangerousRelease();
        }
    }

    private static void Check(int result, string call, Socket socket)
    {
        if (result < 0)
        {
            throw LibcException.Last(call, $"{socket.LocalEndPoint}");
        }
    }
}
