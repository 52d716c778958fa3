using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>An operator's view of the live connections and children.</summary>
/// <param name="tally">The records.</param>
/// <param name="runner">Has the connections of handlers; the system tells of those of children.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionList(ConnectionTally tally, HandlerRunner runner, TimeProvider time)
{
    /// <summary>All of them, in the order of their arrival.</summary>
    public IReadOnlyList<LiveConnection> Describe() => [.. tally.Live.OrderBy(record => record.Id).Select(Describe)];

    private LiveConnection Describe(ConnectionRecord record)
    {
        var status = runner.Find(record.Id)?.GetStatus();
        var child = status is null && record is { Cookie: { } cookie, Local: IPEndPoint local, Peer: IPEndPoint peer }
            ? SocketDiagnosis.Ask(local, peer, cookie)
            : null;
        var age = time.GetElapsedTime(record.Started);
        return new LiveConnection(
            record.Id,
            record.Service,
            record.Protocol,
            LinkScope.Text(record.Local),
            record.PeerName is EndPoint peerEnd ? LinkScope.Text(peerEnd) : $"{record.PeerName}",
            time.GetUtcNow() - age,
            age,
            status is null ? child?.Received : record.BytesReceived,
            status is null ? child?.Sent : record.BytesSent,
            (status?.State ?? (ConnectionState?)child?.State)?.Word(),
            status is null ? child?.RoundTripTime : status.RoundTripTime,
            record.Pid,
            Environment.ProcessId);
    }
}
