using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// Tells whether children have had a client since the last look, although they accept and read themselves. Not thread-safe.
/// </summary>
/// <remarks>
/// The system lists the connections of a listening socket, whichever process has them (sock_diag(7)), and reports when the last datagram
/// came that a process has read. A connection that has come and gone between two looks is in no list. But if no TCP connection was opened
/// on this host, or no process of the children's sessions has used CPU time, there was none; otherwise there may have been one. For a unix
/// socket only the CPU time tells it.
/// </remarks>
internal sealed class ClientTrace
{
    private readonly Dictionary<string, DatagramStamp?> _stamps = [];
    private IReadOnlyDictionary<int, long>? _used;
    private long? _opens;

    /// <summary>Whether there is a client, or may have been one since the last look.</summary>
    /// <param name="sockets">The sockets of the children.</param>
    /// <param name="leaders">The leaders of the children's sessions.</param>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    public bool HasClient(IReadOnlyList<BoundSocket> sockets, IReadOnlySet<int> leaders)
    {
        var isServing = IsServing(sockets);
        var opens = TcpCounters.PassiveOpens();
        var wereOpened = opens is null || opens != _opens;
        _opens = opens;
        if (isServing || sockets.Any(IsWaitedFor))
        {
            _used = null;
            return true;
        }

        return sockets.Any(socket => socket.IsUnix || (wereOpened && !socket.IsDatagram)) && HaveRun(leaders);
    }

    /// <summary>Whether the children serve a client, or have read a datagram since the last look.</summary>
    public bool IsServing(IReadOnlyList<BoundSocket> sockets)
    {
        // Every socket is asked, so that the next look compares with this one.
        List<bool> serving = [.. sockets.Select(socket => socket.IsDatagram ? HasRead(socket) : Accepted(socket) is not 0)];
        return serving.Contains(true);
    }

    /// <summary>Whether a client waits on a socket.</summary>
    public static bool IsWaitedFor(BoundSocket socket) => socket.Ask(open =>
        !open.SafeHandle.IsClosed && open.Poll(0, SelectMode.SelectRead));

    private static int? Accepted(BoundSocket socket) => socket.Ask(open =>
        open.SafeHandle.IsClosed ? null
        : socket.Port.Key.Transport.IsTcp && open.LocalEndPoint is IPEndPoint local ? SocketDiagnosis.Accepted(local)
        : socket.IsUnix ? UnixDiagnosis.Accepted(open.SafeHandle)
        : null);

    private bool HasRead(BoundSocket socket)
    {
        var stamp = socket.Ask(open => DatagramStamp.Of(open.SafeHandle));
        var isKnown = _stamps.TryGetValue(socket.Place.Id, out var before);
        _stamps[socket.Place.Id] = stamp;
        return isKnown && stamp != before;
    }

    private bool HaveRun(IReadOnlySet<int> leaders)
    {
        var (before, used) = (_used, ProcessSession.TimeUsed(leaders));
        _used = used;
        return before is null || used.Count != before.Count
            || used.Any(process => !before.TryGetValue(process.Key, out var time) || time != process.Value);
    }
}
