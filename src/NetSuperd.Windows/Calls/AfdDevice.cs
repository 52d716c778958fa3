using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Calls;

/// <summary>
/// The driver of sockets, asked what a socket is ready for: each question is an operation that ends when the socket is ready for part of
/// what it asks, at once where it is so already.
/// </summary>
internal sealed unsafe class AfdDevice : IDisposable
{
    private const string Name = @"\Device\Afd\NetSuperd";

    private readonly KernelHandle _device;

    /// <summary>Opens the driver; the ends of its operations come to a completion port.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    public AfdDevice(SafeHandle port)
    {
        nint handle;
        fixed (char* name = Name)
        {
            var bytes = (ushort)(sizeof(char) * Name.Length);
            var text = new Ntdll.Text { Length = bytes, MaximumLength = bytes, Buffer = name };
            var attributes = new Ntdll.ObjectAttributes { Length = (uint)sizeof(Ntdll.ObjectAttributes), ObjectName = &text };
            Ntdll.IoStatus status;
            var result = Ntdll.NtCreateFile(
                &handle, Ntdll.SYNCHRONIZE, &attributes, &status, null, 0, Ntdll.FILE_SHARE_READ | Ntdll.FILE_SHARE_WRITE,
                Ntdll.FILE_OPEN, 0, null, 0);
            if (result != Ntdll.STATUS_SUCCESS)
            {
                throw new CallException("NtCreateFile", Name, WinsockError.Errno(Ntdll.RtlNtStatusToDosError(result)));
            }
        }

        _device = new KernelHandle(handle);
        if (Kernel32.CreateIoCompletionPort(_device, port, 0, 0) == 0)
        {
            var failure = Ws2.Failure("CreateIoCompletionPort", Name);
            _device.Dispose();
            throw failure;
        }

        // Nothing waits for the handle itself.
        _ = Kernel32.SetFileCompletionNotificationModes(_device, Kernel32.FILE_SKIP_SET_EVENT_ON_HANDLE);
    }

    /// <summary>What to ask for events. The end of the own handle is always asked for.</summary>
    public static uint MaskOf(Events events)
    {
        var mask = Ntdll.AFD_POLL_ABORT | Ntdll.AFD_POLL_LOCAL_CLOSE;
        if ((events & Events.Read) != 0)
        {
            mask |= Ntdll.AFD_POLL_RECEIVE | Ntdll.AFD_POLL_ACCEPT | Ntdll.AFD_POLL_DISCONNECT;
        }

        if ((events & Events.End) != 0)
        {
            mask |= Ntdll.AFD_POLL_DISCONNECT;
        }

        if ((events & Events.Write) != 0)
        {
            mask |= Ntdll.AFD_POLL_SEND | Ntdll.AFD_POLL_CONNECT_FAIL;
        }

        return (events & Events.Urgent) != 0 ? mask | Ntdll.AFD_POLL_RECEIVE_EXPEDITED : mask;
    }

    /// <summary>The events of an answer; for a connection that has failed, and one that could not be made, everything.</summary>
    public static Events EventsOf(uint mask)
    {
        if ((mask & (Ntdll.AFD_POLL_ABORT | Ntdll.AFD_POLL_CONNECT_FAIL)) != 0)
        {
            return Events.Read | Events.Write | Events.End;
        }

        var events = Events.None;
        if ((mask & (Ntdll.AFD_POLL_RECEIVE | Ntdll.AFD_POLL_ACCEPT)) != 0)
        {
            events |= Events.Read;
        }

        if ((mask & Ntdll.AFD_POLL_DISCONNECT) != 0)
        {
            events |= Events.Read | Events.End;
        }

        if ((mask & Ntdll.AFD_POLL_SEND) != 0)
        {
            events |= Events.Write;
        }

        return (mask & Ntdll.AFD_POLL_RECEIVE_EXPEDITED) != 0 ? events | Events.Urgent : events;
    }

    /// <summary>
    /// The handle of a socket that the driver knows: a layered service provider may have put one of its own in front of it (winsock2.h,
    /// SIO_BASE_HANDLE; SIO_BSP_HANDLE_POLL where a provider does not pass that on).
    /// </summary>
    /// <exception cref="CallException">It is no socket.</exception>
    public static nint BaseOf(SafeHandle socket)
    {
        nint handle;
        uint returned;
        return Ws2.WSAIoctl(socket, Ws2.SIO_BASE_HANDLE, null, 0, &handle, (uint)sizeof(nint), &returned, null, null) == 0
            || Ws2.WSAIoctl(socket, Ws2.SIO_BSP_HANDLE_POLL, null, 0, &handle, (uint)sizeof(nint), &returned, null, null) == 0
            ? handle
            : throw Ws2.Failure("WSAIoctl", "SIO_BASE_HANDLE");
    }

    /// <summary>Asks; the operation stays with the system until its end has come to the port.</summary>
    /// <returns>Whether it has begun; otherwise nothing comes to the port.</returns>
    public bool TryBegin(Operation operation, nint socket, uint mask)
    {
        var block = operation.Start();
        block->Poll = new Ntdll.PollInfo { Timeout = long.MaxValue, NumberOfHandles = 1, Handle = socket, Events = mask };
        block->Status.Status = Ntdll.STATUS_PENDING;
        var result = Ntdll.NtDeviceIoControlFile(
            _device, 0, 0, block, &block->Status, Ntdll.IOCTL_AFD_POLL, &block->Poll, (uint)sizeof(Ntdll.PollInfo), &block->Poll,
            (uint)sizeof(Ntdll.PollInfo));
        if (result is Ntdll.STATUS_SUCCESS or Ntdll.STATUS_PENDING)
        {
            return true;
        }

        operation.End();
        return false;
    }

    /// <summary>Makes a question end now; its end comes to the port all the same.</summary>
    public void Cancel(Operation operation)
    {
        Ntdll.IoStatus status;
        _ = Ntdll.NtCancelIoFileEx(_device, &operation.Block->Status, &status);
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();
}
