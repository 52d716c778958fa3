using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// The connections that wait on a listening socket until a process accepts them: their number, and those that the system identifies
/// (sock_diag(7)).
/// </summary>
/// <remarks>A connection that its client has reset waits as well, but is not identified.</remarks>
/// <param name="Count">How many there are; where the system does not report the number, 1 for any.</param>
/// <param name="Names">Those that are identified: cookies of TCP connections, inodes of the clients of a unix socket.</param>
/// <param name="IsCounted">Whether the system reports the number, and not only whether any waits.</param>
internal sealed record PendingConnections(int Count, IReadOnlySet<ulong> Names, bool IsCounted)
{
    /// <summary>How many connections wait on a socket; null: the system does not report it, as for a datagram socket.</summary>
    public static int? CountOf(BoundSocket bound) => bound.IsDatagram ? null
        : bound.Port.Key.Transport.IsTcp ? TcpInfoReader.PendingOn(bound.Socket.SafeHandle)
        : bound.IsUnix ? UnixDiagnosis.Pending(bound.Socket.SafeHandle)?.Count ?? 0
        : null;

    /// <summary>The waiting connections of a socket; none of a datagram socket.</summary>
    public static PendingConnections Of(BoundSocket bound)
    {
        var count = CountOf(bound);
        return new(
            count ?? (!bound.IsDatagram && ClientTrace.IsWaitedFor(bound) ? 1 : 0),
            (bound.IsDatagram ? []
                : bound.Port.Key.Transport.IsTcp && bound.Socket.LocalEndPoint is IPEndPoint ip
                    ? (SocketDiagnosis.Waiting(ip) ?? []).Select(connection => connection.Cookie)
                : bound.IsUnix ? UnixDiagnosis.Pending(bound.Socket.SafeHandle)?.Clients.Select(client => (ulong)client) ?? []
                : []).ToHashSet(),
            count is not null);
    }

    /// <summary>Whether some wait, and the system does not tell how many: nor can it tell whether one of them was accepted.</summary>
    public bool AreUncounted => !IsCounted && Count > 0;

    /// <summary>Whether a process has accepted one of these since: there are fewer now, or an identified one is gone.</summary>
    public bool AreTaken(PendingConnections now) => now.Count < Count || !Names.IsSubsetOf(now.Names);
}
