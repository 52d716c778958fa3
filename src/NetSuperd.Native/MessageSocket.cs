using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// One end of a channel of messages between two processes (SOCK_SEQPACKET of unix(7)): each message arrives whole, may bring connections
/// with it, and the end of a process is seen by the other one.
/// </summary>
public sealed class MessageSocket : IDisposable
{
    /// <summary>The most bytes of a message: the system's default for a socket's buffer (socket(7), SO_SNDBUF) holds two of them.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>The most connections that one message brings, each perhaps with a second descriptor.</summary>
    public const int MostConnections = 64;

    private readonly SafeHandle _socket;

    private MessageSocket(SafeHandle socket) => _socket = socket;

    /// <summary>The descriptor, to be watched.</summary>
    public SafeHandle Handle => _socket;

    /// <summary>Whether it is closed here.</summary>
    public bool IsClosed => _socket.IsClosed;

    /// <summary>Makes a pair.</summary>
    /// <returns>The end of this process, and that for the other one, which is closed here when the other process has it.</returns>
    /// <exception cref="CallException">socketpair(2) failed.</exception>
    public static unsafe (MessageSocket Own, Descriptor Other) CreatePair()
    {
        var fds = stackalloc int[2];
        return Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, fds) == 0
            ? (new MessageSocket(new Descriptor(fds[0])), new Descriptor(fds[1]))
            : throw Libc.Failure("socketpair", "AF_UNIX");
    }

    /// <summary>The end that this process has inherited.</summary>
    public static MessageSocket Of(SafeHandle inherited) => new(inherited);

    /// <summary>Sends a message without waiting.</summary>
    /// <param name="message">The message.</param>
    /// <param name="connections">The connections that go with it.</param>
    /// <returns>
    /// Null when it is sent; EAGAIN: it cannot be sent now; EPIPE, ECONNRESET or EBADF: the channel has ended, or a connection is closed.
    /// </returns>
    public Errno? TrySend(ReadOnlySpan<byte> message, params IReadOnlyList<SafeHandle> connections)
    {
        try
        {
            return DescriptorMessage.Send(_socket, message, [], connections, 0, connections.Count);
        }
        catch (ObjectDisposedException)
        {
            return Errno.EBADF;
        }
    }

    /// <summary>Sends a message, and waits until there is room for it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="connections">The connections that go with it.</param>
    /// <returns>False where the channel has ended.</returns>
    public bool Send(ReadOnlySpan<byte> message, params IReadOnlyList<SafeHandle> connections)
    {
        while (TrySend(message, connections) is { } failure)
        {
            if (failure is not (Errno.EAGAIN or Errno.ENOBUFS) || !Wait(Libc.POLLOUT))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Receives a message without waiting; 0 bytes are the end of the channel.</summary>
    public Transfer Receive(Span<byte> buffer)
    {
        try
        {
            unsafe
            {
                fixed (byte* start = buffer)
                {
                    var count = Libc.recv(_socket, start, buffer.Length, Libc.MSG_DONTWAIT);
                    return count >= 0 ? Transfer.Of((int)count) : Transfer.Failed((Errno)Marshal.GetLastPInvokeError());
                }
            }
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }

    /// <summary>Receives a message, and waits for it. Where none has come after the time, the outcome is that it must wait.</summary>
    public Transfer Receive(Span<byte> buffer, TimeSpan longest)
    {
        var received = Receive(buffer);
        return received.MustWait && Wait(Libc.POLLIN, (int)longest.TotalMilliseconds) ? Receive(buffer) : received;
    }

    /// <summary>Ends both directions, so that a thread that waits here or in the other process continues.</summary>
    public void Shut()
    {
        try
        {
            _ = Libc.shutdown(_socket, Libc.SHUT_RDWR);
        }
        catch (ObjectDisposedException)
        {
            // It is closed already.
        }
    }

    /// <summary>Ends this side's transmission: the other process receives what was sent, and then the end.</summary>
    public void EndSending()
    {
        try
        {
            _ = Libc.shutdown(_socket, Libc.SHUT_WR);
        }
        catch (ObjectDisposedException)
        {
            // It is closed already.
        }
    }

    /// <summary>The same as <see cref="Receive(Span{byte})"/>, with the descriptors that the message brings.</summary>
    public Transfer Receive(Span<byte> buffer, Queue<Descriptor> descriptors)
    {
        Span<int> fds = stackalloc int[2 * MostConnections];
        var received = DescriptorMessage.Receive(_socket, buffer, fds, out var count);
        foreach (var fd in fds[..count])
        {
            descriptors.Enqueue(new Descriptor(fd));
        }

        return received;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private unsafe bool Wait(short events, int milliseconds = -1)
    {
        var isHeld = false;
        try
        {
            _socket.DangerousAddRef(ref isHeld);
            var wait = new Libc.PollDescriptor { fd = (int)_socket.DangerousGetHandle(), events = events };
            return Libc.poll(&wait, 1, milliseconds) >= 0 || (Errno)Marshal.GetLastPInvokeError() == Errno.EINTR;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (isHeld)
            {
                _socket.DangerousRelease();
            }
        }
    }
}
