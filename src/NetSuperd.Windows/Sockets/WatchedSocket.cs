using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>A socket that a <see cref="WindowsReadiness"/> watches, and the operations by which it does so.</summary>
/// <remarks>
/// Overview. A connection is watched for bytes and for its end by a receive without room (WSARecv), which ends when something is there; a
/// failure of the connection ends it with its reason. Everything else is a question to the driver (<see cref="AfdDevice"/>): listeners,
/// datagram sockets, room for sending, and a connection that another readiness has had before, since a socket stays with its first
/// completion port.
/// <para>
/// An operation reports once, and what it reports is then not watched. With <see cref="Events.Edge"/> a call on the connection that has
/// taken everything, or could not send everything, begins the next operation (<see cref="Again"/>): it ends when there is more, as an edge
/// is reported. Without it, the next wait begins it.
/// </para>
/// </remarks>
internal sealed unsafe partial class WatchedSocket
{
    private const Events Failed = Events.Read | Events.Write | Events.End;

    private readonly Lock _lock = new();
    private readonly WindowsReadiness _owner;
    private readonly SafeHandle _handle;
    private readonly WindowsStreamSocket? _connection;
    private readonly nint _base;

    // Whether a receive watches it, and not only the driver.
    private readonly bool _receives;
    private Operation? _receive;
    private Operation? _poll;
    private Events _wanted;
    private Events _interest;
    private bool _isConnecting;
    private bool _hasFoundEnd;
    private bool _hasFailed;
    private bool _isGone;
    private uint _asked;

    /// <param name="owner">The readiness.</param>
    /// <param name="handle">The socket.</param>
    /// <param name="token">The token by which it is reported.</param>
    /// <param name="receives">Whether its operations end at the port of the readiness.</param>
    /// <exception cref="CallException">It is no socket.</exception>
    public WatchedSocket(WindowsReadiness owner, SafeHandle handle, long token, bool receives)
    {
        (_owner, _handle, Token, _receives) = (owner, handle, token, receives);
        _connection = handle as WindowsStreamSocket;
        _base = AfdDevice.BaseOf(handle);
    }

    /// <summary>The token by which it is reported.</summary>
    public long Token { get; private set; }

    /// <summary>Whether it is watched no more.</summary>
    public bool IsGone => Volatile.Read(ref _isGone);

    /// <summary>The socket.</summary>
    public SafeHandle Handle => _handle;

    // Only a connection tells what its calls have found: for any other socket, what still holds is reported again.
    private bool IsLevel => _connection is null || (_wanted & Events.Edge) == 0;

    /// <summary>Watches it from now on, and reports what holds already, as epoll_ctl(2) does.</summary>
    public void Watch(long token, Events events)
    {
        lock (_lock)
        {
            (Token, _wanted) = (token, events);
            Begin(isNew: true);
        }
    }

    /// <summary>Watches it again after it was reported, where what still holds is to be reported. On the loop.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            if (IsLevel)
            {
                Begin(isNew: true);
            }
        }
    }

    /// <summary>Watches for a change, after a call has found that nothing can be read or sent now. From any thread.</summary>
    public void Again(Events events)
    {
        lock (_lock)
        {
            if (!IsLevel)
            {
                _interest |= events & _wanted;
                Arm(isNew: false);
            }
        }
    }

    /// <summary>
    /// Reports the end of the peer's transmission, once, where a call has found it behind bytes that are still to be received. From any
    /// thread.
    /// </summary>
    public void FoundEnd()
    {
        lock (_lock)
        {
            if (!_hasFoundEnd && (_wanted & Events.End) != 0)
            {
                _hasFoundEnd = true;
                _owner.Report(this, _wanted & (Events.Read | Events.End));
            }
        }
    }

    /// <summary>Watches it no more. From any thread, and also when the socket is closed.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_isGone)
            {
                return;
            }

            _isGone = true;
            if (_receive is { IsPending: true } receive && !_handle.IsClosed)
            {
                CancelReceive(receive);
            }

            if (_poll is { IsPending: true } poll)
            {
                _owner.Device.Cancel(poll);
            }

            _receive?.Abandon();
            _poll?.Abandon();
        }

        _connection?.Unwatch(this);
        _owner.Gone(this);
    }

    /// <summary>An operation has ended. On the loop.</summary>
    /// <returns>What is to be reported.</returns>
    public Events Complete(Operation operation)
    {
        lock (_lock)
        {
            var (status, found) = ((int)operation.Block->Status.Status, operation.Block->Poll.Events);
            var failure = operation == _receive && status != Ntdll.STATUS_SUCCESS && !_isGone ? ReasonOf(operation) : null;
            operation.End();
            if (_isGone)
            {
                return Events.None;
            }

            if (operation == _poll)
            {
                return Polled(status, found);
            }

            if (status == Ntdll.STATUS_CANCELLED)
            {
                Arm(isNew: false);
                return Events.None;
            }

            return failure is { } errno ? Fail(errno) : Reported(Events.Read);
        }
    }

    private Events Polled(int status, uint found)
    {
        if (status == Ntdll.STATUS_CANCELLED)
        {
            Arm(isNew: false);
            return Events.None;
        }

        if (status == Ntdll.STATUS_SUCCESS && (found & Ntdll.AFD_POLL_LOCAL_CLOSE) != 0)
        {
            // The socket was closed, which ends this: Leave waits for no operation now.
            Leave();
            return Events.None;
        }

        if (status != Ntdll.STATUS_SUCCESS || (found & (Ntdll.AFD_POLL_ABORT | Ntdll.AFD_POLL_CONNECT_FAIL)) != 0)
        {
            return Fail((found & Ntdll.AFD_POLL_ABORT) != 0 ? Errno.ECONNRESET : null);
        }

        if (_isConnecting && (found & Ntdll.AFD_POLL_SEND) != 0)
        {
            _isConnecting = false;
        }

        return Reported(AfdDevice.EventsOf(found));
    }

    /// <summary>Notes what is reported: it is not watched until the next call or, without <see cref="Events.Edge"/>, wait.</summary>
    private Events Reported(Events events)
    {
        var reported = events & _wanted & _interest;
        _interest &= ~events;
        if (IsLevel)
        {
            _owner.ResumeLater(this);
        }
        else
        {
            Arm(isNew: false);
        }

        return reported;
    }

    /// <summary>The connection has failed, which is reported in any case.</summary>
    private Events Fail(Errno? errno)
    {
        if (errno is { } reason)
        {
            _connection?.Note(reason);
        }

        (_isConnecting, _hasFailed, _interest) = (false, true, Events.None);
        if (IsLevel && _wanted != Events.None)
        {
            _owner.ResumeLater(this);
        }

        return Failed;
    }
}
