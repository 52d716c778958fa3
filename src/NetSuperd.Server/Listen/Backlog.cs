using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>The clients that wait on a listening socket.</summary>
/// <remarks>Not sealed, for tests that say what the system answers.</remarks>
internal class Backlog(BoundSocket bound)
{
    /// <summary>Can be read while one waits.</summary>
    public virtual SafeHandle Handle => bound.Socket.SafeHandle;

    /// <summary>How many wait; null: the system does not tell.</summary>
    public virtual int? Count => bound.Port.Key.Transport == Transport.Tcp
        ? TcpInfo.PendingOn(bound.Socket.SafeHandle)
        : UnixDiagnosis.Pending(bound.Socket.SafeHandle)?.Count ?? 0;

    /// <summary>Whether none waits.</summary>
    public virtual bool IsEmpty => !bound.Socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Accepts the next one.</summary>
    /// <param name="errno">Why there is none: EAGAIN where none waits.</param>
    public virtual StreamSocket? Accept(out Errno errno) => StreamListener.Accept(bound.Socket, out errno);
}
