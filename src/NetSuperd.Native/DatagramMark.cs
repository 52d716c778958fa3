using System.Net;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>
/// Identifies the first datagram in a socket's queue by sender, length and time of arrival. The same mark twice means that no process has
/// read it in between.
/// </summary>
/// <param name="Sender">The sender's address; null for a unix socket.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Seconds">When it arrived, seconds since the epoch.</param>
/// <param name="Nanoseconds">The nanoseconds of that time.</param>
public sealed record DatagramMark(EndPoint? Sender, long Length, long Seconds, long Nanoseconds)
{
    // Room for a control message with a struct timespec, and for nothing after it.
    private const int ControlRoom = 32;

    // SCM_PIDFD of linux/socket.h, which the headers of Debian 12 do not have.
    private const int ScmPidfd = 4;

    /// <summary>The first datagram in the queue, which stays there; null where there is none.</summary>
    /// <remarks>
    /// The kernel stamps a datagram when it is received, or when it is first looked at with SO_TIMESTAMPNS on (socket(7)), and keeps the
    /// stamp. The option is off again afterwards: a child that inherits the socket would get control messages that it did not ask for. A
    /// client of a unix socket may send descriptors along, which even a look installs in this process (unix(7), SCM_RIGHTS): the stamp
    /// leaves them no room, and what comes nevertheless is closed.
    /// </remarks>
    public static unsafe DatagramMark? First(SafeHandle socket)
    {
        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var control = stackalloc byte[ControlRoom];
        var message = new Libc.MessageHeader
        {
            msg_name = address,
            msg_namelen = Libc.SizeOfAnyAddress,
            msg_control = control,
            msg_controllen = ControlRoom,
        };
        SetStamps(socket, 1);
        var length = Libc.recvmsg(socket, &message, Libc.MSG_PEEK | Libc.MSG_TRUNC | Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        SetStamps(socket, 0);
        if (length < 0)
        {
            return null;
        }

        var (seconds, nanoseconds) = TakeControl(control, message.msg_controllen);
        return new DatagramMark(
            SocketName.EndPoint(new ReadOnlySpan<byte>(address, (int)message.msg_namelen)), length, seconds, nanoseconds);
    }

    /// <summary>Discards the first datagram of the queue.</summary>
    public static unsafe void Drop(SafeHandle socket) => _ = Libc.recv(socket, null, 0, Libc.MSG_DONTWAIT);

    /// <summary>The stamp among the control messages; descriptors among them are closed.</summary>
    private static unsafe (long Seconds, long Nanoseconds) TakeControl(byte* control, nint length)
    {
        var stamp = (0L, 0L);
        for (nint offset = 0, size; offset + sizeof(Libc.ControlHeader) <= length; offset += (size + 7) & ~7)
        {
            var header = (Libc.ControlHeader*)(control + offset);
            size = Math.Min(header->cmsg_len, length - offset);
            if (size < sizeof(Libc.ControlHeader))
            {
                break;
            }

            var data = (byte*)(header + 1);
            if (header->cmsg_level == Libc.SOL_SOCKET && header->cmsg_type == Libc.SO_TIMESTAMPNS)
            {
                stamp = (((long*)data)[0], ((long*)data)[1]);
            }
            else if (header->cmsg_level == Libc.SOL_SOCKET && header->cmsg_type is Libc.SCM_RIGHTS or ScmPidfd)
            {
                for (var fd = (int*)data; fd + 1 <= (int*)((byte*)header + size); fd++)
                {
                    _ = Libc.close(*fd);
                }
            }
        }

        return stamp;
    }

    private static unsafe void SetStamps(SafeHandle socket, int on) =>
        _ = Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_TIMESTAMPNS, &on, sizeof(int));
}
