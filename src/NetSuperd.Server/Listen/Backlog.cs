using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>The clients that wait on a listening socket. For one thread at a time.</summary>
/// <remarks>Not sealed, since tests replace the system's answers.</remarks>
/// <param name="bound">The socket.</param>
/// <param name="reserve">The descriptors that are kept from connections; null: none are.</param>
internal class Backlog(BoundSocket bound, DescriptorReserve? reserve)
{
    private bool _isNonBlocking;
    private AddressFamily? _family;

    /// <summary>The descriptor; readable while a client waits.</summary>
    public virtual SafeHandle Handle => bound.Socket.SafeHandle;

    /// <summary>How many clients wait; null: the system does not report it.</summary>
    public virtual int? Count => bound.Host.Sockets.WaitingOn(bound);

    /// <summary>Whether no client waits; the system is asked unless it has just reported one.</summary>
    public virtual bool IsEmpty => !IsReadable && !bound.Socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Whether the system has reported a client, and none has been accepted since.</summary>
    public bool IsReadable { get; set; }

    /// <summary>
    /// Why the last <see cref="Accept"/> returned no client: EAGAIN where none waits, EMFILE also where only the reserve is left.
    /// </summary>
    public Errno Errno { get; private set; } = Errno.EAGAIN;

    /// <summary>What <see cref="Errno"/> means, and what to do.</summary>
    public string Reason => Errno == Errno.EMFILE && reserve is not null ? reserve.Reason : Errno.Reason();

    /// <summary>Accepts the next client; null where there is none.</summary>
    public StreamSocket? Accept()
    {
        (IsReadable, Errno) = (false, Errno.EMFILE);
        if (reserve?.Check() == true)
        {
            return null;
        }

        var socket = AcceptNext(out var errno);
        Errno = errno;
        if (socket is not null)
        {
            reserve?.Note(socket);
        }

        return socket;
    }

    /// <summary>Asks the system for the next client.</summary>
    protected virtual StreamSocket? AcceptNext(out Errno errno)
    {
        if (!_isNonBlocking || bound.MayBeShared)
        {
            bound.Host.Sockets.SetNonBlocking(bound.Socket);
            _isNonBlocking = true;
        }

        return bound.Host.Sockets.Accept(
            bound.Socket.SafeHandle, _family ??= bound.Host.Sockets.FamilyOf(bound.Socket), bound.Port.Priority, out errno);
    }
}
