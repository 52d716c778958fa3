using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Messages with descriptors on unix sockets (unix(7), SCM_RIGHTS; cmsg(3)).</summary>
internal static unsafe class DescriptorMessage
{
    /// <summary>The most descriptors of one message (SCM_MAX_FD of include/net/scm.h).</summary>
    public const int MostDescriptors = 253;

    /// <summary>Sends a message without waiting.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="head">The first part of the message.</param>
    /// <param name="rest">The rest of it.</param>
    /// <param name="descriptors">The descriptors, of which a part goes with the message.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <returns>Null when it is sent; EAGAIN: it cannot be sent now; any other error is sendmsg(2)'s.</returns>
    /// <exception cref="ObjectDisposedException">A descriptor is closed.</exception>
    public static Errno? Send(
        SafeHandle socket, ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest, IReadOnlyList<SafeHandle> descriptors, int first, int count)
    {
        // A header, and the numbers, padded.
        var length = sizeof(Libc.ControlHeader) + (count * sizeof(int));
        var control = stackalloc byte[(length + 7) & ~7];
        var numbers = (int*)(control + sizeof(Libc.ControlHeader));
        var held = 0;
        try
        {
            for (; held < count; held++)
            {
                var isHeld = false;
                descriptors[first + held].DangerousAddRef(ref isHeld);
                numbers[held] = (int)descriptors[first + held].DangerousGetHandle();
            }

            *(Libc.ControlHeader*)control = new Libc.ControlHeader
            {
                cmsg_len = length, cmsg_level = Libc.SOL_SOCKET, cmsg_type = Libc.SCM_RIGHTS,
            };
            fixed (byte* start = head)
            fixed (byte* more = rest)
            {
                var parts = stackalloc Libc.Part[2];
                parts[0] = new Libc.Part { iov_base = start, iov_len = head.Length };
                parts[1] = new Libc.Part { iov_base = more, iov_len = rest.Length };
                var message = new Libc.MessageHeader { msg_iov = parts, msg_iovlen = 2 };
                if (count > 0)
                {
                    message.msg_control = control;
                    message.msg_controllen = length;
                }

                while (Libc.sendmsg(socket, &message, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL) < 0)
                {
                    if ((Errno)Marshal.GetLastPInvokeError() is not Errno.EINTR and var failure)
                    {
                        return failure;
                    }
                }

                return null;
            }
        }
        finally
        {
            while (held > 0)
            {
                descriptors[first + --held].DangerousRelease();
            }
        }
    }

    /// <summary>Receives a message without waiting, and the descriptors that came with it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Room for the message.</param>
    /// <param name="fds">Room for the descriptors, which are close-on-exec; the system closes what has no room.</param>
    /// <param name="count">How many came: fewer than were sent where this process may have no more.</param>
    public static Transfer Receive(SafeHandle socket, Span<byte> buffer, Span<int> fds, out int count)
    {
        var size = sizeof(Libc.ControlHeader) + (fds.Length * sizeof(int));
        var control = stackalloc byte[(size + 7) & ~7];
        count = 0;
        fixed (byte* start = buffer)
        {
            var part = new Libc.Part { iov_base = start, iov_len = buffer.Length };
            var message = new Libc.MessageHeader { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = size };
            nint received;
            while ((received = Libc.recvmsg(socket, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC)) < 0)
            {
                if ((Errno)Marshal.GetLastPInvokeError() is not Errno.EINTR and var failure)
                {
                    return Transfer.Failed(failure);
                }
            }

            var header = (Libc.ControlHeader*)control;
            if (message.msg_controllen >= sizeof(Libc.ControlHeader) + sizeof(int)
                && header->cmsg_level == Libc.SOL_SOCKET && header->cmsg_type == Libc.SCM_RIGHTS)
            {
                count = (int)((header->cmsg_len - sizeof(Libc.ControlHeader)) / sizeof(int));
                new ReadOnlySpan<int>(control + sizeof(Libc.ControlHeader), count).CopyTo(fds);
            }

            return Transfer.Of((int)received);
        }
    }
}
