using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>A TCP connection of Windows.</summary>
/// <remarks>
/// The socket does not block (FIONBIO). It keeps how a <see cref="WindowsReadiness"/> watches it: Windows reports what holds and not what
/// has changed, so a call that has taken everything there was asks for the next report. Calls that receive are made one at a time, and so
/// are calls that send.
/// </remarks>
public sealed unsafe partial class WindowsStreamSocket : StreamSocket
{
    // A connection that blocks would hold up the loop: it is set for each, although a listener seems to pass it on.
    private const uint NonBlocking = 1;

    // The system takes any length at once and keeps a copy.
    private const int MostSentAtOnce = 1 << 20;

    private readonly Lock _joining = new();
    private WindowsReadiness? _home;
    private WatchedSocket? _watched;
    private long _lastMoved = Environment.TickCount64;
    private int _failure;
    private volatile bool _hasEndedSending;

    internal WindowsStreamSocket(nint socket, AddressFamily family)
        : base(family) => SetHandle(socket);

    /// <summary>Accepts a connection of a listener that does not block (<see cref="WindowsListener"/>).</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="family">The family of its address.</param>
    /// <param name="errno">Why there is none: EAGAIN where no client waits, ECONNABORTED where the client has gone already.</param>
    public static WindowsStreamSocket? Accept(SafeHandle listener, AddressFamily family, out Errno errno)
    {
        var accepted = Ws2.accept(listener, null, null);
        if (accepted == Ws2.INVALID_SOCKET)
        {
            errno = Ws2.LastErrno() is var reason && reason == Errno.ECONNRESET ? Errno.ECONNABORTED : reason;
            return null;
        }

        var socket = new WindowsStreamSocket(accepted, family);
        var nonBlocking = NonBlocking;
        if (Ws2.ioctlsocket(socket, Ws2.FIONBIO, &nonBlocking) != 0)
        {
            errno = Ws2.LastErrno();
            socket.Dispose();
            return null;
        }

        // A child that another thread starts between the two calls gets a list of handles, and not this one.
        _ = Kernel32.SetHandleInformation(socket, Kernel32.HANDLE_FLAG_INHERIT, 0);
        errno = default;
        return socket;
    }

    /// <inheritdoc/>
    public override bool Has(ProtocolType protocol) => protocol == ProtocolType.Tcp;

    /// <inheritdoc/>
    public override EndPoint? Peer() => SocketName.PeerOf(this);

    /// <inheritdoc/>
    public override EndPoint? Local() => SocketName.LocalOf(this);

    /// <inheritdoc/>
    public override Transfer Send(ReadOnlySpan<byte> buffer)
    {
        try
        {
            int sent;
            fixed (byte* start = buffer)
            {
                sent = Ws2.send(this, start, Math.Min(buffer.Length, MostSentAtOnce), 0);
            }

            var outcome = sent >= 0 ? Transfer.Of(sent) : Transfer.Failed(Ws2.LastErrno());
            if (sent > 0)
            {
                Moved();
            }

            if (outcome.MustWait || (sent >= 0 && sent < buffer.Length))
            {
                Volatile.Read(ref _watched)?.Again(Events.Write);
            }

            return outcome;
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Of those that are on their way; Windows does not tell how many wait for that.</remarks>
    public override int Unsent => WindowsTcpInfo.InFlight(this);

    /// <inheritdoc/>
    public override void EndSending()
    {
        try
        {
            _hasEndedSending = true;
            _ = Ws2.shutdown(this, Ws2.SD_SEND);
        }
        catch (ObjectDisposedException)
        {
            // The socket is closed, which ends both directions.
        }
    }

    /// <inheritdoc/>
    public override void SendAtOnce()
    {
        var one = 1;
        _ = Ws2.setsockopt(this, Ws2.IPPROTO_TCP, Ws2.TCP_NODELAY, &one, sizeof(int));
    }

    /// <inheritdoc/>
    /// <remarks>WSAPoll reports POLLHUP for the end of the peer's transmission alone, POLLERR for a connection that is gone.</remarks>
    public override bool HasHungUp
    {
        get
        {
            var isHeld = false;
            try
            {
                DangerousAddRef(ref isHeld);
                var look = new Ws2.PollDescriptor { fd = handle, events = Ws2.POLLRDNORM };
                return Volatile.Read(ref _failure) != 0
                    || (Ws2.WSAPoll(&look, 1, 0) > 0
                        && ((look.revents & Ws2.POLLERR) != 0 || (_hasEndedSending && (look.revents & Ws2.POLLHUP) != 0)));
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
        if (Interlocked.Exchange(ref _failure, 0) is not 0 and var noted)
        {
            return (Errno)noted;
        }

        try
        {
            var (error, length) = (0, sizeof(int));
            return Ws2.getsockopt(this, Ws2.SOL_SOCKET, Ws2.SO_ERROR, &error, &length) != 0 ? Ws2.LastErrno()
                : error == 0 ? null : WinsockError.Errno(error);
        }
        catch (ObjectDisposedException)
        {
            return Errno.EBADF;
        }
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        var linger = new Ws2.Linger { l_onoff = 1, l_linger = 0 };
        try
        {
            _hasEndedSending = true;
            _ = Ws2.setsockopt(this, Ws2.SOL_SOCKET, Ws2.SO_LINGER, &linger, sizeof(Ws2.Linger));
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        Dispose();
    }

    /// <inheritdoc/>
    /// <remarks>No other process has a connection of Windows.</remarks>
    public override void Sever() => Reset();

    /// <inheritdoc/>
    public override void Finish()
    {
        try
        {
            _hasEndedSending = true;
            _ = Ws2.shutdown(this, Ws2.SD_BOTH);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        Dispose();
    }

    /// <inheritdoc/>
    /// <remarks>Windows does not tell how long no data has passed: the idle time is that since the last call that moved bytes.</remarks>
    public override TcpInfo? Status() =>
        WindowsTcpInfo.Of(this, TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref _lastMoved)));

    /// <inheritdoc/>
    public override PeerCredentials? Credentials() => null;

    /// <inheritdoc/>
    public override ImmutableArray<uint> PeerGroups() => default;

    /// <summary>Notes why the connection has failed: the system tells an operation, and may not tell the next call.</summary>
    internal void Note(Errno errno) => Volatile.Write(ref _failure, (int)errno);

    /// <summary>
    /// Whether operations on the connection end at the port of a readiness: that is so for the first one, for as long as it lives.
    /// </summary>
    internal bool BelongsTo(WindowsReadiness readiness, SafeHandle port)
    {
        lock (_joining)
        {
            if (_home is null && Kernel32.CreateIoCompletionPort(this, port, 0, 0) != 0)
            {
                _home = readiness;
            }

            return _home == readiness;
        }
    }

    /// <summary>Watches the connection.</summary>
    /// <returns>False where it is watched already.</returns>
    internal bool TryWatch(WatchedSocket socket) => Interlocked.CompareExchange(ref _watched, socket, null) is null;

    /// <summary>Watches the connection no more.</summary>
    internal void Unwatch(WatchedSocket socket) => Interlocked.CompareExchange(ref _watched, null, socket);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (!_hasEndedSending)
        {
            // Winsock resets a connection that is closed while a receive is pending, and what was sent last is lost (libuv, uv_tcp_close).
            _ = Ws2.shutdown(handle, Ws2.SD_SEND);
        }

        // Before its number may be that of another socket.
        Volatile.Read(ref _watched)?.Leave();
        return Ws2.closesocket(handle) == 0;
    }

    private void Moved() => Volatile.Write(ref _lastMoved, Environment.TickCount64);
}
