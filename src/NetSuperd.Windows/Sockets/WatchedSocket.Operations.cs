using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <content>The operations at the system.</content>
internal sealed unsafe partial class WatchedSocket
{
    private void Begin(bool isNew)
    {
        _interest = _wanted & ~Events.Edge;
        Arm(isNew);
    }

    /// <summary>Begins the operations that what is watched needs, unless the system has them.</summary>
    /// <param name="isNew">Whether bytes that the connection has received already are to be reported as well.</param>
    private void Arm(bool isNew)
    {
        if (_isGone)
        {
            return;
        }

        if (_hasFailed)
        {
            // The system tells an operation of it once.
            if (isNew)
            {
                _owner.Report(this, Fail(null));
            }

            return;
        }

        if (isNew && (_interest & Events.Read) != 0 && _connection is { HasKept: true })
        {
            _interest &= ~Events.Read;
            _owner.Report(this, Events.Read);
        }

        if (_receives && !_isConnecting && (_interest & Events.Read) != 0)
        {
            _receive ??= new Operation(this, _owner.Pending);
            if (!_receive.IsPending)
            {
                BeginReceive(_receive);
            }
        }

        // A failure ends the receive of a connection as well, so that the driver need not be asked.
        var hasReceive = _receives && (_wanted & Events.Read) != 0;
        var events = _isConnecting ? _interest | Events.Write : hasReceive ? _interest & Events.Write : _interest;
        if (!_isGone && (!hasReceive || events != Events.None))
        {
            Ask(AfdDevice.MaskOf(events));
        }
    }

    private void BeginReceive(Operation receive)
    {
        // Without room, it receives nothing: it ends when there is something to receive.
        var nothing = default(Ws2.Part);
        uint received, flags = 0;
        int error;
        var block = receive.Start();
        try
        {
            error = Ws2.WSARecv(_handle, &nothing, 1, &received, &flags, block, null) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (ObjectDisposedException)
        {
            receive.End();
            Leave();
            return;
        }

        if (error is 0 or Ws2.WSA_IO_PENDING)
        {
            return;
        }

        receive.End();
        if (WinsockError.Errno(error) is var errno && errno == Errno.ENOTCONN)
        {
            // The system still connects it; the driver tells when.
            _isConnecting = true;
        }
        else
        {
            _owner.Report(this, Fail(errno));
        }
    }

    private void Ask(uint mask)
    {
        _poll ??= new Operation(this, _owner.Pending);
        if (_poll.IsPending)
        {
            if ((mask & ~_asked) != 0)
            {
                _owner.Device.Cancel(_poll);
            }

            return;
        }

        // The number of a socket that is closed meanwhile might be that of another one.
        var isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld);
            _asked = mask;
            if (!_owner.Device.TryBegin(_poll, _base, mask))
            {
                _owner.Report(this, Fail(null));
            }
        }
        catch (ObjectDisposedException)
        {
            Leave();
        }
        finally
        {
            if (isHeld)
            {
                _handle.DangerousRelease();
            }
        }
    }

    private void CancelReceive(Operation receive)
    {
        try
        {
            _ = Kernel32.CancelIoEx(_handle, receive.Block);
        }
        catch (ObjectDisposedException)
        {
            // Closing it has ended the receive.
        }
    }

    private Errno? ReasonOf(Operation operation)
    {
        try
        {
            uint bytes, flags;
            return Ws2.WSAGetOverlappedResult(_handle, operation.Block, &bytes, 0, &flags) ? null : Ws2.LastErrno();
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
