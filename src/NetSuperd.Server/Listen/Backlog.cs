using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>The clients that wait on a listening socket. For one thread at a time.</summary>
/// <remarks>Not sealed, for tests that say what the system answers.</remarks>
/// <param name="bound">The socket.</param>
/// <param name="reserve">The descriptors that connections do not get; null: they get these as well.</param>
internal class Backlog(BoundSocket bound, DescriptorReserve? reserve)
{
    private bool _isNonBlocking;

    /// <summary>Can be read while one waits.</summary>
    public virtual SafeHandle Handle => bound.Socket.SafeHandle;

    /// <summary>How many wait; null: the system does not tell.</summary>
    public virtual int? Count => bound.Port.Key.Transport.IsUnix
        ? UnixDiagnosis.Pending(bound.Socket.SafeHandle)?.Count ?? 0
        : TcpInfo.PendingOn(bound.Socket.SafeHandle);

    /// <summary>Whether none waits; the system is asked unless it has just said that one does.</summary>
    public virtual bool IsEmpty => !IsReadable && !bound.Socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Whether the system has said that one waits, and none was accepted since.</summary>
    public bool IsReadable { get; set; }

    /// <summary>
    /// Why the last <see cref="Accept"/> has brought none: EAGAIN where none waits, EMFILE also where only the reserve is left.
    /// </summary>
    public Errno Errno { get; private set; } = Errno.EAGAIN;

    /// <summary>What <see cref="Errno"/> means, and what to do.</summary>
    public string Reason => Errno == Errno.EMFILE && reserve is not null ? reserve.Reason : Errno.Reason();

    /// <summary>Accepts the next one; null where there is none.</summary>
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

    /// <summary>Asks the system for the next one.</summary>
    protected virtual StreamSocket? AcceptNext(out Errno errno)
    {
        if (!_isNonBlocking || bound.MayBeShared)
        {
            StreamListener.SetNonBlocking(bound.Socket.SafeHandle);
            _isNonBlocking = true;
        }

        return StreamListener.Accept(bound.Socket.SafeHandle, bound.Socket.AddressFamily, out errno);
    }
}
