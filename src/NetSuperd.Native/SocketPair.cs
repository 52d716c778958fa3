using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// Two connected unix stream sockets (socketpair(2)), close-on-exec from birth: a channel between this process and one that it starts.
/// </summary>
public sealed class SocketPair : IDisposable
{
    private SocketPair(Socket own, Descriptor other)
    {
        Own = own;
        Other = other;
    }

    /// <summary>The end of this process.</summary>
    public Socket Own { get; }

    /// <summary>
    /// The end for the other process. It has to be disposed of here once the other process has it: only then does <see cref="Own"/> see
    /// that process end. <see cref="InheritedSocket.Open"/> makes a socket of it there.
    /// </summary>
    public Descriptor Other { get; }

    /// <summary>Makes a pair.</summary>
    /// <exception cref="CallException">socketpair(2) failed.</exception>
    public static unsafe SocketPair Create()
    {
        var fds = stackalloc int[2];
        return Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, fds) == 0
            ? new SocketPair(new Socket(new SafeSocketHandle(fds[0], ownsHandle: true)), new Descriptor(fds[1]))
            : throw Libc.Failure("socketpair", "AF_UNIX");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Own.Dispose();
        Other.Dispose();
    }
}
