using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>Finds why clients cannot reach a bound socket: no system call that waits for clients reports that.</summary>
internal static class SocketAbsence
{
    /// <summary>Why clients can no longer reach a socket, so that a new one has to be bound; null where they can.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isServed">Whether the listener runs; a path that is gone is a loss only then, and once no child has the socket.</param>
    public static string? LossOf(BoundSocket socket, bool isServed) => LossOf(socket, isServed, isShared: !socket.Unshared.IsCompleted);

    /// <inheritdoc cref="LossOf(BoundSocket, bool)"/>
    /// <param name="socket">The socket.</param>
    /// <param name="isServed">Whether the listener runs.</param>
    /// <param name="isShared">Whether to take it as one that a child has, whose path may be gone.</param>
    public static string? LossOf(BoundSocket socket, bool isServed, bool isShared) =>
        socket.Port.Device is not null && socket.Ask(open => !open.SafeHandle.IsClosed && socket.Host.Sockets.IsDeviceGone(open))
            ? BindFailure.Of(socket.Host, socket.Place, Errno.ENODEV).Message
        : socket.Place.Zone is { } zone && !socket.IsOnItsInterface
            ? socket.Host.Names.InterfaceOf(zone) == 0 ? BindFailure.Of(socket.Host, socket.Place, Errno.ENODEV).Message
                : $"the network interface '{zone}' of {socket.Local} was created again"
        : isServed && !isShared && !socket.IsReachable ? $"the path {socket.Local} was removed, or belongs to another socket now"
        : null;

    /// <summary>Why clients cannot reach a socket now that will serve them again as it is, once its address is back.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="addresses">What this check knows of the host's addresses.</param>
    public static string? Of(BoundSocket socket, HostAddresses addresses) => socket.Port.Key.IsGroup ? WithoutGroup(socket) :
        socket.Place.Address is { } address && !HostAddress.IsEvery(address)
        && !addresses.Have(socket)
        && !socket.Ask(open => open.SafeHandle.IsClosed || socket.Host.Sockets.IsForAbsentAddress(open))
            ? BindFailure.Of(socket.Host, socket.Place, Errno.EADDRNOTAVAIL).Message
            : null;

    /// <summary>Joins the group again where its interface was created again; why that failed, or null.</summary>
    private static string? WithoutGroup(BoundSocket socket) => socket.Ask(open => open.SafeHandle.IsClosed
        ? null
        : BindFailure.Catch(socket.Host, socket.Place, () => JoinAgain(socket.Host.Sockets, open, socket.Place))?.Message);

    private static void JoinAgain(ISockets sockets, Socket open, SocketPlace place)
    {
        try
        {
            sockets.JoinGroup(open, place);
        }
        catch (SocketException full) when (sockets.ErrnoOf(full) is Errno.EMFILE or Errno.ENFILE)
        {
            // No descriptor is left to ask for the interface: a later check will tell, and the group is not lost for that.
            return;
        }
    }
}
