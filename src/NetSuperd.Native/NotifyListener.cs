using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A socket on which a child tells its state by sd_notify(3); the kernel names the sender (SCM_CREDENTIALS).</summary>
/// <remarks>
/// Its name is abstract, so that a child in another root directory reaches it, and random, so that no other process has it. Any process of
/// this host may send to it, and can hold the thread that receives: the kernel closes descriptors that come along in that call, and the
/// sender chooses how long the close lasts (<see cref="SocketRights.Refuse"/>). They are not refused, since sd_notify_barrier(3) sends one.
/// </remarks>
public sealed unsafe class NotifyListener : IDisposable
{
    // cmsg(3): a header and struct ucred, padded. There is no room for descriptors, which the kernel closes then.
    private static readonly int ControlSize = (sizeof(Libc.ControlHeader) + sizeof(PeerCredentials) + 7) & ~7;

    private readonly Socket _socket;
    private volatile bool _isStopped;

    private NotifyListener(string name, Socket socket) => (Name, _socket) = (name, socket);

    /// <summary>Its name, as <c>NOTIFY_SOCKET</c> has it.</summary>
    public string Name { get; }

    /// <summary>Opens one.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    public static NotifyListener Open()
    {
        var name = $"@netsuperd/{Guid.NewGuid():N}";
        var listener = new NotifyListener(name, UnixListener.Bind(name, SocketType.Dgram));
        var on = 1;
        if (Libc.setsockopt(listener._socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_PASSCRED, &on, sizeof(int)) < 0)
        {
            listener.Dispose();
            throw Libc.Failure("setsockopt", "SO_PASSCRED");
        }

        return listener;
    }

    /// <summary>Waits for the next message.</summary>
    /// <param name="buffer">Receives it; what does not fit is lost.</param>
    /// <returns>Its length and its sender, whose process is 0 where it is not known; null after <see cref="Stop"/> or a failure.</returns>
    public (int Length, PeerCredentials Sender)? Receive(Span<byte> buffer)
    {
        var control = stackalloc byte[ControlSize];
        fixed (byte* start = buffer)
        {
            var part = new Libc.Part { iov_base = start, iov_len = buffer.Length };
            var message = new Libc.MessageHeader { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlSize };
            nint length;
            do
            {
                length = Libc.recvmsg(_socket.SafeHandle, &message, Libc.MSG_CMSG_CLOEXEC);
            }
            while (length < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.EINTR);

            if (_isStopped || length < 0)
            {
                return null;
            }

            var header = (Libc.ControlHeader*)control;
            var isTold = message.msg_controllen >= sizeof(Libc.ControlHeader) + sizeof(PeerCredentials)
                && header->cmsg_level == Libc.SOL_SOCKET && header->cmsg_type == Libc.SCM_CREDENTIALS;
            return ((int)length, isTold ? *(PeerCredentials*)(control + sizeof(Libc.ControlHeader)) : default);
        }
    }

    /// <summary>Makes the call that waits return, now or as soon as it can; the socket receives nothing more.</summary>
    public void Stop()
    {
        _isStopped = true;
        _ = Libc.shutdown(_socket.SafeHandle, Libc.SHUT_RDWR);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
