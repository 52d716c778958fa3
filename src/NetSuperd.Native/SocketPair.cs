using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>Two unix stream sockets that are connected to each other (socketpair(2)), close-on-exec from birth.</summary>
public static class SocketPair
{
    /// <summary>Makes a pair.</summary>
    /// <exception cref="LibcException">socketpair(2) failed.</exception>
    public static unsafe (Socket Own, Descriptor Other) Create()
    {
        var fds = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, fds) < 0)
        {
            throw LibcException.Last("socketpair", "AF_UNIX");
        }

        var other = new Descriptor(fds[1]);
        return (InheritedSocket.Open(new Descriptor(fds[0])), other);
    }
}
