using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// Sends datagrams to a unix socket by its name. It is not connected, so that a socket which another process binds to the name later gets
/// the next one.
/// </summary>
public sealed class UnixDatagrams : IDisposable
{
    private readonly Descriptor _socket;
    private readonly byte[] _address;

    private UnixDatagrams(Descriptor socket, byte[] address) => (_socket, _address) = (socket, address);

    /// <summary>Opens a socket to send with. Nothing has to be bound to the name yet.</summary>
    /// <param name="name">A path, or <c>@name</c> for an abstract one, that fits into an address.</param>
    /// <param name="patience">How long a receiver whose queue is full is waited for.</param>
    /// <exception cref="CallException">socket(2) failed.</exception>
    public static unsafe UnixDatagrams To(string name, TimeSpan patience)
    {
        var address = new byte[SocketName.SizeOfUnix];
        Array.Resize(ref address, SocketName.Write(name, address));
        var fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        var socket = fd >= 0 ? new Descriptor(fd) : throw Libc.Failure("socket", "AF_UNIX");
        var limit = new Libc.TimeValue { tv_sec = (long)patience.TotalSeconds };
        _ = Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, &limit, (uint)sizeof(Libc.TimeValue));
        return new UnixDatagrams(socket, address);
    }

    /// <summary>Sends a datagram with copies of descriptors; at most 253 (unix(7), SCM_RIGHTS).</summary>
    /// <returns>
    /// Why it was not sent; null where it was. EAGAIN: the receiver has not read for too long; ENOENT or ECONNREFUSED: there is none;
    /// EMSGSIZE: the datagram is too large.
    /// </returns>
    public unsafe Errno? Send(ReadOnlySpan<byte> bytes, IReadOnlyList<SafeHandle> descriptors)
    {
        var control = new byte[descriptors.Count == 0 ? 0 : ControlSize(descriptors.Count)];
        var held = 0;
        try
        {
            for (; held < descriptors.Count; held++)
            {
                // A descriptor stays open, and its number its own, until it has been sent.
                var added = false;
                descriptors[held].DangerousAddRef(ref added);
                MemoryMarshal.Write(
                    control.AsSpan(sizeof(Libc.ControlHeader) + (held * sizeof(int))), (int)descriptors[held].DangerousGetHandle());
            }

            return Send(bytes, control, descriptors.Count);
        }
        finally
        {
            while (held > 0)
            {
                descriptors[--held].DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private unsafe Errno? Send(ReadOnlySpan<byte> bytes, byte[] control, int count)
    {
        if (count > 0)
        {
            MemoryMarshal.Write(control, new Libc.ControlHeader
            {
                cmsg_len = sizeof(Libc.ControlHeader) + (count * sizeof(int)),
                cmsg_level = Libc.SOL_SOCKET,
                cmsg_type = Libc.SCM_RIGHTS,
            });
        }

        fixed (byte* address = _address, start = bytes, rights = control)
        {
            var part = new Libc.Part { iov_base = start, iov_len = bytes.Length };
            var message = new Libc.MessageHeader
            {
                msg_name = address,
                msg_namelen = (uint)_address.Length,
                msg_iov = &part,
                msg_iovlen = 1,
                msg_control = rights,
                msg_controllen = control.Length,
            };
            while (Libc.sendmsg(_socket, &message, Libc.MSG_NOSIGNAL) < 0)
            {
                if ((Errno)Marshal.GetLastPInvokeError() is var failure and not Errno.EINTR)
                {
                    return failure;
                }
            }

            return null;
        }
    }

    // CMSG_SPACE of cmsg(3).
    private static unsafe int ControlSize(int descriptors) => (sizeof(Libc.ControlHeader) + (descriptors * sizeof(int)) + 7) & ~7;
}
