using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>An accepted connection: only its descriptor, which is all that a child needs.</summary>
/// <remarks>
/// No call blocks, and expected failures are values, not exceptions. O_NONBLOCK is not set: a child that gets the connection would share
/// the flag, and programs for inetd do not expect it. Each call uses MSG_DONTWAIT instead (recv(2)).
/// </remarks>
public sealed class StreamSocket : SafeHandleZeroOrMinusOneIsInvalid
{
    internal StreamSocket(int fd, AddressFamily family)
        : base(ownsHandle: true)
    {
        SetHandle(fd);
        Family = family;
    }

    /// <summary>The connection behind a descriptor that another process has sent, which belongs to it from now on.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="family">The family of its addresses, as the other process knows it.</param>
    public static StreamSocket Of(Descriptor descriptor, AddressFamily family)
    {
        var socket = new StreamSocket((int)descriptor.DangerousGetHandle(), family);
        descriptor.SetHandleAsInvalid();
        return socket;
    }

    /// <summary>The family of its addresses.</summary>
    public AddressFamily Family { get; }

    /// <summary>Whether it has no address and no port, but credentials of its peer.</summary>
    public bool IsUnix => Family.IsUnix;

    /// <summary>Whether it is of a protocol (SO_PROTOCOL): the listener of a variant accepts connections of the protocol too.</summary>
    public unsafe bool Has(ProtocolType protocol)
    {
        var (value, length) = (0, (uint)sizeof(int));
        return Libc.getsockopt(this, Libc.SOL_SOCKET, Libc.SO_PROTOCOL, &value, &length) == 0 && value == (int)protocol;
    }

    /// <summary>The client's end; null where the client has gone already (ENOTCONN of getpeername(2)), and unless it is of IP.</summary>
    public EndPoint? Peer() => SocketName.PeerOf(this);

    /// <summary>The own end; null for a unix socket without a name, and for one of vsock(7).</summary>
    public EndPoint? Local() => SocketName.LocalOf(this);

    /// <summary>
    /// Receives what is there; 0 is the end of the peer's transmission. Without room for a byte it receives nothing, and tells whether
    /// something is there.
    /// </summary>
    public Transfer Receive(Span<byte> buffer) =>
        buffer.IsEmpty && Family == Families.Vsock ? Look() : Receive(buffer, Libc.MSG_DONTWAIT);

    /// <summary>The same, but the data stays in the queue.</summary>
    public Transfer Peek(Span<byte> buffer) => Receive(buffer, Libc.MSG_DONTWAIT | Libc.MSG_PEEK);

    /// <summary>Sends as much as the system takes.</summary>
    public unsafe Transfer Send(ReadOnlySpan<byte> buffer)
    {
        try
        {
            fixed (byte* start = buffer)
            {
                return Outcome(Libc.send(this, start, buffer.Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL));
            }
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }

    /// <summary>How many bytes have been handed to the system, and not been acknowledged by the peer (tcp(7), SIOCOUTQ).</summary>
    public unsafe int Unsent
    {
        get
        {
            try
            {
                var count = 0;
                return Libc.ioctl(this, Libc.SIOCOUTQ, &count) == 0 ? count : 0;
            }
            catch (ObjectDisposedException)
            {
                return 0;
            }
        }
    }

    /// <summary>Ends this side's transmission in order (shutdown(2)). A connection that is gone needs no end.</summary>
    public void EndSending()
    {
        try
        {
            _ = Libc.shutdown(this, Libc.SHUT_WR);
        }
        catch (ObjectDisposedException)
        {
            // The socket is closed, which ends both directions.
        }
    }

    /// <summary>TCP_NODELAY, tcp(7): bytes that another server has sent are not held back.</summary>
    public unsafe void SendAtOnce()
    {
        var one = 1;
        _ = Libc.setsockopt(this, Libc.IPPROTO_TCP, (int)TcpLevelOption.TCP_NODELAY, &one, sizeof(int));
    }

    /// <summary>
    /// Whether the peer has closed its socket, both have ended their transmission, or the socket is closed here: nothing can be sent any
    /// more (poll(2)).
    /// </summary>
    public unsafe bool HasHungUp
    {
        get
        {
            var isHeld = false;
            try
            {
                DangerousAddRef(ref isHeld);
                var look = new Libc.PollDescriptor { fd = (int)handle };
                return Libc.poll(&look, 1, 0) > 0 && (look.revents & Libc.POLLHUP) != 0;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
            finally
            {
                if (isHeld)
                {
                    DangerousRelease();
                }
            }
        }
    }

    /// <summary>Why the connection has failed, or could not be made, told once (socket(7), SO_ERROR); null: it has not.</summary>
    public Errno? TakeFailure()
    {
        Span<int> errno = stackalloc int[1];
        var length = SocketValue.Read(this, Libc.SOL_SOCKET, Libc.SO_ERROR, MemoryMarshal.AsBytes(errno));
        return length < 0 ? Errno.EBADF : errno[0] == 0 ? null : (Errno)errno[0];
    }

    /// <summary>
    /// SO_PRIORITY, socket(7): the priority of what is sent, which the listener was allowed to have as well and a connection does not
    /// inherit.
    /// </summary>
    public unsafe void SetPriority(int value) =>
        _ = Libc.setsockopt(this, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_PRIORITY, &value, sizeof(int));

    /// <summary>Closes it: what is buffered is discarded, and the peer sees RST (a linger time of 0; socket(7), SO_LINGER).</summary>
    public unsafe void Reset()
    {
        var linger = stackalloc int[] { 1, 0 };
        try
        {
            _ = Libc.setsockopt(this, Libc.SOL_SOCKET, Libc.SO_LINGER, linger, 2 * sizeof(int));
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        Dispose();
    }

    /// <summary>
    /// Ends both directions for every process that has the connection, and closes it here. What is buffered of a TCP connection is
    /// discarded, and its peer sees RST (connect(2) with AF_UNSPEC; tcp_disconnect in net/ipv4/tcp.c).
    /// </summary>
    public unsafe void Sever()
    {
        try
        {
            if (!Family.IsIp || !Disconnect())
            {
                _ = Libc.shutdown(this, Libc.SHUT_RDWR);
            }
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        Dispose();
    }

    /// <summary>
    /// Closes a connection that another process says it has closed, and may still have: neither direction is open afterwards. What that
    /// process has sent still arrives.
    /// </summary>
    public void Finish()
    {
        try
        {
            _ = Libc.shutdown(this, Libc.SHUT_RDWR);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        Dispose();
    }

    /// <summary>The connection as a socket of .NET, which owns it from now on.</summary>
    public Socket ToSocket()
    {
        var socket = new Socket(new SafeSocketHandle(handle, ownsHandle: true));
        SetHandleAsInvalid();
        return socket;
    }

    /// <summary>Ends its connection, or the attempt to make one: connect(2) with AF_UNSPEC.</summary>
    internal unsafe bool Disconnect()
    {
        var none = stackalloc byte[16];
        *(ushort*)none = (ushort)Libc.AF_UNSPEC;
        return Libc.connect(this, none, 16) == 0;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    /// <summary>
    /// Tells whether something is there on a connection of vsock(7): without room for a byte the system does not
    /// (__vsock_connectible_recvmsg in net/vmw_vsock/af_vsock.c).
    /// </summary>
    private Transfer Look()
    {
        Span<byte> first = stackalloc byte[1];
        var there = Peek(first);
        return there.Count > 0 ? Transfer.Of(0) : there;
    }

    private unsafe Transfer Receive(Span<byte> buffer, int flags)
    {
        try
        {
            fixed (byte* start = buffer)
            {
                return Outcome(Libc.recv(this, start, buffer.Length, flags));
            }
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }

    private static Transfer Outcome(nint result) =>
        result >= 0 ? Transfer.Of((int)result) : Transfer.Failed((Errno)Marshal.GetLastPInvokeError());
}
