using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>
/// The connections that wait on a listening socket until a process accepts them: their number, and those that the system identifies
/// (sock_diag(7)).
/// </summary>
/// <remarks>A connection that its client has reset waits as well, but is not identified.</remarks>
/// <param name="Count">How many there are.</param>
/// <param name="Names">Those that are identified: cookies of TCP connections, inodes of the clients of a unix socket.</param>
internal sealed record PendingConnections(int Count, IReadOnlySet<ulong> Names)
{
    /// <summary>The waiting connections of a socket; none for a datagram socket, and where the system does not report it.</summary>
    public static PendingConnections Of(BoundSocket bound) => bound.IsDatagram ? new PendingConnections(0, new HashSet<ulong>())
        : bound.Port.Key.Transport.IsTcp && bound.Socket.LocalEndPoint is IPEndPoint ip
            ? new PendingConnections(
                TcpInfo.PendingOn(bound.Socket.SafeHandle),
                (SocketDiagnosis.Waiting(ip) ?? []).Select(connection => connection.Cookie).ToHashSet())
        : bound.IsUnix && UnixDiagnosis.Pending(bound.Socket.SafeHandle) is { } pending
            ? new PendingConnections(pending.Count, pending.Clients.Select(client => (ulong)client).ToHashSet())
        : new PendingConnections(0, new HashSet<ulong>());

    /// <summary>Whether a process has accepted one of these since: there are fewer now, or an identified one is gone.</summary>
    public bool AreTaken(PendingConnections now) => now.Count < Count || !Names.IsSubsetOf(now.Names);
}
