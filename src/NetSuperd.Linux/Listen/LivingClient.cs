using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// Tells whether a client still waits for the answer of a service that it has woken. Children that have woken the service have ended, and
/// so have their sockets.
/// </summary>
internal static class LivingClient
{
    /// <summary>
    /// Whether a client waits on a socket: one on another host, as far as is known, or one of this host that still has its socket. For
    /// datagrams on a unix socket, and for packets of this host on a raw one, that is unknown. Any client of a vsock or SCTP socket counts.
    /// </summary>
    /// <param name="socket">The socket; no child has it.</param>
    /// <param name="ownPorts">The ports on which this daemon receives datagrams: its services may wake each other.</param>
    public static bool WaitsOn(BoundSocket socket, IReadOnlySet<int> ownPorts) =>
        socket.Port.Key.Transport.IsTcp
            ? socket.Socket.LocalEndPoint is IPEndPoint local && SocketDiagnosis.HasClient(local, socket.Port.Key.Transport.Protocol)
        : socket is { IsDatagram: false, IsUnix: true } ? PendingConnections.Of(socket).Names.Count > 0
        : !socket.IsDatagram ? PendingConnections.Of(socket).Count > 0
        : socket.Ask(open => DatagramMark.First(open.SafeHandle))?.Sender is IPEndPoint sender
            && (!AddressProbe.IsThere(sender.Address, socket.Port.Device)
                || (!socket.Port.Key.Transport.IsRaw && !ownPorts.Contains(sender.Port)
                    && SocketDiagnosis.HoldersOf(socket.Port.Key.Transport.Protocol, sender.Address, sender.Port)
                        .Any(holder => holder.Inode != 0)));
}
