using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>An operator's view of the live connections and children.</summary>
/// <param name="tally">The records.</param>
/// <param name="runner">Has the connections of handlers.</param>
/// <param name="processes">Has those of workers and children.</param>
/// <param name="headers">Has those of proxies whose header has not come yet.</param>
/// <param name="names">Names of the system.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionList(
    ConnectionTally tally, HandlerRunner runner, IProcesses processes, HeaderWaits headers, INames names, ILogger logger,
    TimeProvider time)
{
    /// <summary>All of them, in the order of their arrival.</summary>
    public IReadOnlyList<LiveConnection> Describe() => [.. tally.Live.OrderBy(record => record.Id).Select(Describe)];

    /// <summary>Ends one of them at once: buffers are discarded, and a child is killed with its session.</summary>
    /// <returns>False where there is no such connection.</returns>
    public bool Abort(long id)
    {
        if (tally.Find(id) is not { } record)
        {
            return false;
        }

        logger.AbortedByOperator(id, record.Service);
        runner.Find(id)?.Abort();
        processes.Abort(record);
        headers.Abort(id);
        return true;
    }

    private LiveConnection Describe(ConnectionRecord record)
    {
        var (ofHandler, ofWorker) = (runner.Find(record.Id), processes.StatusOf(record.Id));
        var status = ofHandler?.GetStatus() ?? ofWorker?.Status;
        var child = status is null ? processes.AskFor(record) : null;
        var age = time.GetElapsedTime(record.Started);
        return new LiveConnection(
            record.Id,
            record.Service,
            record.Protocol,
            LinkText.Of(record.Local, names),
            TextOf(record.PeerName)!,
            time.GetUtcNow() - age,
            age,
            status is null ? child?.Received : record.BytesReceived,
            status is null ? child?.Sent : record.BytesSent,
            (status?.State ?? (ConnectionState?)child?.State)?.Word(),
            status is null ? child?.RoundTripTime : status.RoundTripTime,
            record.Pid ?? record.WorkerPid,
            Environment.ProcessId,
            child?.Idle ?? ofHandler?.Idle() ?? ofWorker?.Idle,
            TextOf(record.ProxyName),
            record.Target);
    }

    private string? TextOf(object? name) => name is EndPoint end ? LinkText.Of(end, names) : name?.ToString();
}
