using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;

namespace NetSuperd.Server.Tally;

/// <summary>Keeps the record of every live connection, and writes its start and its end to the log: one line each.</summary>
internal sealed class ConnectionTally(ILogger logger, TimeProvider time)
{
    private readonly ConcurrentDictionary<long, ConnectionRecord> _live = new();
    private long _lastId;

    /// <summary>The records of connections that have not ended.</summary>
    public ICollection<ConnectionRecord> Live => _live.Values;

    /// <summary>Whether any connection has not ended.</summary>
    public bool IsEmpty => _live.IsEmpty;

    /// <summary>Opens the record of an accepted connection.</summary>
    /// <exception cref="SocketException">The client has gone, and its address with it.</exception>
    public ConnectionRecord Open(string service, Socket socket)
    {
        var record = new ConnectionRecord(
            Interlocked.Increment(ref _lastId),
            service,
            socket.RemoteEndPoint!,
            socket.LocalEndPoint!,
            socket.AddressFamily == AddressFamily.Unix ? PeerCredentials.Of(socket) : null,
            time.GetTimestamp());
        _live[record.Id] = record;
        return record;
    }

    /// <summary>Says that the connection is being served: by a handler, or by the child in <see cref="ConnectionRecord.Pid"/>.</summary>
    public void Start(ConnectionRecord record)
    {
        if (record.Pid is { } pid)
        {
            logger.ChildStarted(record.Id, record.Service, record.PeerName, record.Local, pid);
        }
        else
        {
            logger.ConnectionStarted(record.Id, record.Service, record.PeerName, record.Local);
        }
    }

    /// <summary>Closes the record. To be called exactly once, when nothing of the connection is left.</summary>
    public void Close(ConnectionRecord record, ConnectionEnd end, string? detail = null)
    {
        record.End = end;
        record.Detail = detail;
        _live.TryRemove(record.Id, out _);
        var elapsed = time.GetElapsedTime(record.Started).TotalSeconds;
        if (end == ConnectionEnd.Refused)
        {
            logger.ConnectionRefused(record.Id, record.Service, record.PeerName, record.Local, detail ?? "");
        }
        else if (record.Pid is { } pid)
        {
            logger.ChildEnded(record.Id, record.Service, record.PeerName, pid, Word(end), detail ?? "", elapsed, record.CpuTime?.TotalSeconds ?? 0);
        }
        else
        {
            logger.ConnectionEnded(
                record.Id, record.Service, record.PeerName, Word(end), elapsed, record.BytesReceived, record.BytesSent);
        }
    }

    private static string Word(ConnectionEnd end) => end switch
    {
        ConnectionEnd.Closed => "closed",
        ConnectionEnd.Reset => "reset",
        ConnectionEnd.Aborted => "aborted",
        ConnectionEnd.Failed => "failed",
        ConnectionEnd.Stopped => "stopped",
        ConnectionEnd.Exited => "exited",
        ConnectionEnd.Killed => "killed",
        ConnectionEnd.Unspawned => "unspawned",
        ConnectionEnd.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(end)),
    };
}
