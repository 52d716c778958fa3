using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Bytes with a descriptor on a connected unix socket (SCM_RIGHTS of unix(7)).</summary>
public static unsafe class SocketRights
{
    // SO_PASSRIGHTS of Linux 6.16, in no header of Debian 12.
    private const int PassRights = 83;

    // cmsg(3): a header and one int, padded.
    private static readonly int ControlSize = sizeof(Libc.ControlHeader) + sizeof(long);

    /// <summary>
    /// Makes the kernel refuse descriptors that are sent to a unix socket, or to the connections of a listening one: sendmsg(2) fails with
    /// EPERM.
    /// </summary>
    /// <remarks>
    /// A process that receives bytes without their descriptor closes the descriptor in that call, and the sender chooses what this does:
    /// the last close of a TCP connection whose peer reads nothing lasts as long as its SO_LINGER says (socket(7)).
    /// </remarks>
    /// <returns>Whether it does; a kernel before 6.16 cannot.</returns>
    public static bool Refuse(Socket socket, bool refuses = true)
    {
        var passes = refuses ? 0 : 1;
        return Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, PassRights, &passes, sizeof(int)) == 0;
    }

    /// <summary>Sends bytes, the first of them with a descriptor. A receiver that makes a plain call gets the bytes alone.</summary>
    /// <returns>How many were sent.</returns>
    /// <exception cref="CallException">sendmsg(2) failed.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes, SafeHandle descriptor)
    {
        var held = false;
        var control = stackalloc byte[ControlSize];
        new Span<byte>(control, ControlSize).Clear();
        try
        {
            descriptor.DangerousAddRef(ref held);
            *(Libc.ControlHeader*)control = new Libc.ControlHeader
            {
                cmsg_len = sizeof(Libc.ControlHeader) + sizeof(int),
                cmsg_level = Libc.SOL_SOCKET,
                cmsg_type = Libc.SCM_RIGHTS,
            };
            *(int*)(control + sizeof(Libc.ControlHeader)) = (int)descriptor.DangerousGetHandle();
            fixed (byte* start = bytes)
            {
                var part = new Libc.Part { iov_base = start, iov_len = bytes.Length };
                var message = new Libc.MessageHeader
                {
                    msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlSize,
                };
                var sent = Libc.sendmsg(socket.SafeHandle, &message, Libc.MSG_NOSIGNAL);
                return sent >= 0 ? (int)sent : throw Libc.Failure("sendmsg", "SCM_RIGHTS");
            }
        }
        finally
        {
            if (held)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Receives what is there, with the descriptor that comes along.</summary>
    /// <returns>How many bytes, 0 at the end; and the descriptor, null where there is none.</returns>
    /// <exception cref="CallException">recvmsg(2) failed, with EAGAIN where nothing is there.</exception>
    public static (int Count, Descriptor? Descriptor) Receive(Socket socket, Span<byte> bytes)
    {
        var control = stackalloc byte[ControlSize];
        fixed (byte* start = bytes)
        {
            var part = new Libc.Part { iov_base = start, iov_len = bytes.Length };
            var message = new Libc.MessageHeader { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlSize };
            var received = Libc.recvmsg(socket.SafeHandle, &message, Libc.MSG_CMSG_CLOEXEC | Libc.MSG_DONTWAIT);
            if (received < 0)
            {
                throw Libc.Failure("recvmsg", "SCM_RIGHTS");
            }

            // The room is that of one descriptor; the kernel closes what does not fit.
            var header = (Libc.ControlHeader*)control;
            return ((int)received, message.msg_controllen >= sizeof(Libc.ControlHeader) + sizeof(int)
                && header->cmsg_level == Libc.SOL_SOCKET && header->cmsg_type == Libc.SCM_RIGHTS
                    ? new Descriptor(*(int*)(control + sizeof(Libc.ControlHeader))) : null);
        }
    }
}
