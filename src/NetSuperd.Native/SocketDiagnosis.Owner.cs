using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <content>The user that owns a connection.</content>
public static partial class SocketDiagnosis
{
    private static ulong AnyCookie => ((ulong)Libc.INET_DIAG_NOCOOKIE << 32) | Libc.INET_DIAG_NOCOOKIE;

    /// <summary>
    /// The user that owns this host's end of a connection of any process: the user of the process that created the socket or accepted the
    /// connection.
    /// </summary>
    /// <remarks>A connection whose socket is bound to a device (SO_BINDTODEVICE) is not found.</remarks>
    /// <param name="local">The address and port on this host.</param>
    /// <param name="peer">The address and port of the peer.</param>
    /// <param name="owner">The id of the user; null where there is no such connection, or no process has its socket.</param>
    /// <returns>Null when the system has told it; else why not.</returns>
    public static Errno? OwnerOf(IPEndPoint local, IPEndPoint peer, out uint? owner)
    {
        uint? found = null;
        var failure = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, One(Unmapped(local), Unmapped(peer), AnyCookie), message =>
        {
            // Without the connection, the kernel finds the listener on the port (inet_lookup). A connection that is not accepted yet, or
            // that its process has closed, has no inode, and the kernel reports the user 0 for it.
            if (MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one)
                && one.idiag_state != TcpInfoReader.Listening && one.idiag_inode != 0)
            {
                found = one.idiag_uid;
            }
        });
        owner = found;
        return failure == Errno.ENOENT ? null : failure;
    }
}
