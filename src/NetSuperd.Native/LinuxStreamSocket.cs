using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A connection of Linux: only its descriptor, which is all that a child needs.</summary>
/// <remarks>
/// O_NONBLOCK is not set: a child that gets the connection would share the flag, and programs for inetd do not expect it. Each call uses
/// MSG_DONTWAIT instead (recv(2)).
/// </remarks>
public sealed class LinuxStreamSocket : StreamSocket
{
    internal LinuxStreamSocket(int fd, AddressFamily family)
        : base(family) => SetHandle(fd);

    /// <summary>The connection behind a descriptor that another process has sent, which belongs to it from now on.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="family">The family of its addresses, as the other process knows it.</param>
    public static LinuxStreamSocket Of(Descriptor descriptor, AddressFamily family)
    {
        var socket = new LinuxStreamSocket((int)descriptor.DangerousGetHandle(), family);
        descriptor.SetHandleAsInvalid();
        return socket;
    }

    /// <inheritdoc/>
    public override unsafe bool Has(ProtocolType protocol)
    {
        var (value, length) = (0, (uint)sizeof(int));
        return Libc.getsockopt(this, Libc.SOL_SOCKET, Libc.SO_PROTOCOL, &value, &length) == 0 && value == (int)protocol;
    }

    /// <inheritdoc/>
    public override EndPoint? Peer() => SocketName.PeerOf(this);

    /// <inheritdoc/>
    public override EndPoint? Local() => SocketName.LocalOf(this);

    /// <inheritdoc/>
    public override (VsockAddress Local, VsockAddress Peer)? VsockEnds() =>
        VsockAddress.LocalOf(this) is { } local && VsockAddress.PeerOf(this) is { } peer ? (local, peer) : null;

    /// <inheritdoc/>
    public override Transfer Receive(Span<byte> buffer) =>
        buffer.IsEmpty && Family == Families.Vsock ? Look() : Receive(buffer, Libc.MSG_DONTWAIT);

    /// <inheritdoc/>
    public override Transfer Peek(Span<byte> buffer) => Receive(buffer, Libc.MSG_DONTWAIT | Libc.MSG_PEEK);

    /// <inheritdoc/>
    public override unsafe Transfer Send(ReadOnlySpan<byte> buffer)
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

    /// <inheritdoc/>
    public override unsafe int Unsent
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

    /// <inheritdoc/>
    public override void EndSending()
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

    /// <inheritdoc/>
    public override unsafe void SendAtOnce()
    {
        var one = 1;
        _ = Libc.setsockopt(this, Libc.IPPROTO_TCP, (int)TcpLevelOption.TCP_NODELAY, &one, sizeof(int));
    }

    /// <inheritdoc/>
    public override unsafe bool HasHungUp
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

    /// <inheritdoc/>
    public override Errno? TakeFailure()
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

    /// <inheritdoc/>
    public override unsafe void Reset()
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

    /// <inheritdoc/>
    public override unsafe void Sever()
    {
        try
        {
            if (!Family.IsIp || !Disconnect(this))
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

    /// <inheritdoc/>
    public override void Finish()
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

    /// <inheritdoc/>
    public override TcpInfo? Status() => TcpInfoReader.Of(this);

    /// <inheritdoc/>
    public override PeerCredentials? Credentials() => UnixPeer.Of(this);

    /// <inheritdoc/>
    public override ImmutableArray<uint> PeerGroups() => UnixPeer.GroupsOf(this);

    /// <summary>The connection as a socket of .NET, which owns it from now on.</summary>
    public Socket ToSocket()
    {
        var socket = new Socket(new SafeSocketHandle(handle, ownsHandle: true));
        SetHandleAsInvalid();
        return socket;
    }

    /// <summary>Ends a connection, or the attempt to make one: connect(2) with AF_UNSPEC.</summary>
    internal static unsafe bool Disconnect(SafeHandle socket)
    {
        var none = stackalloc byte[16];
        *(ushort*)none = (ushort)Libc.AF_UNSPEC;
        return Libc.connect(socket, none, 16) == 0;
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
