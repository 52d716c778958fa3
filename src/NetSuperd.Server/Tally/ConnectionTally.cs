using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;

namespace NetSuperd.Server.Tally;

/// <summary>Keeps the record of every live connection, and writes its start and its end to the log: one line each.</summary>
internal sealed class ConnectionTally(ILogger logger, TimeProvider time)
{
    // What a client of a unix socket calls itself says nothing: an address of the family alone stands for all of them (unix(7), unnamed).
    private static readonly EndPoint Unnamed = new UnixDomainSocketEndPoint("/").Create(new SocketAddress(AddressFamily.Unix, sizeof(short)));

    private readonly ConcurrentDictionary<long, ConnectionRecord> _live = new();
    private readonly ConcurrentDictionary<string, ServiceTotals> _totals = new();
    private long _lastId;

    /// <summary>The records of connections that have not ended.</summary>
    public ICollection<ConnectionRecord> Live => _live.Values;

    /// <summary>Whether any connection has not ended.</summary>
    public bool IsEmpty => _live.IsEmpty;

    /// <summary>The counters of each service that has had a connection.</summary>
    public IReadOnlyDictionary<string, ServiceTotals> Totals => _totals;

    /// <summary>Opens the record of an accepted connection.</summary>
    /// <exception cref="SocketException">The client has gone, and its address with it.</exception>
    public ConnectionRecord Open(string service, Socket socket) => socket.AddressFamily == AddressFamily.Unix
        ? Open(service, socket, Unnamed, PeerCredentials.Of(socket))
        : Open(service, socket, socket.RemoteEndPoint!, null);

    /// <summary>Opens the record of a child that gets a listening or datagram socket itself.</summary>
    /// <param name="service">The service.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="peer">Who woke it, where that is known.</param>
    public ConnectionRecord OpenShared(string service, Socket socket, EndPoint? peer) => Open(service, socket, peer, null);

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
    /// <param name="record">The record.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="detail">What explains it, for the log.</param>
    /// <param name="reason">The word under which it is counted beside its end: of a refusal, of a child that could not be started.</param>
    public void Close(ConnectionRecord record, ConnectionEnd end, string? detail = null, string? reason = null)
    {
        record.End = end;
        record.Detail = detail;
        record.Totals.Count(end, reason);
        _live.TryRemove(record.Id, out _);
        var elapsed = time.GetElapsedTime(record.Started).TotalSeconds;
        if (end == ConnectionEnd.Refused)
        {
            logger.ConnectionRefused(record.Id, record.Service, record.PeerName, record.Local, detail ?? "");
        }
        else if (record.Pid is not { } pid)
        {
            logger.ConnectionEnded(
                record.Id, record.Service, record.PeerName, end.Word(), elapsed, record.BytesReceived, record.BytesSent);
        }
        else
        {
            var (user, system) = (record.Usage?.UserTime.TotalSeconds ?? 0, record.Usage?.SystemTime.TotalSeconds ?? 0);
            if (record.Usage?.PeakMemory is { } peak)
            {
                logger.LargeChildEnded(
                    record.Id, record.Service, record.PeerName, pid, end.Word(), detail ?? "", elapsed, user, system, peak / 1024);
            }
            else
            {
                logger.ChildEnded(record.Id, record.Service, record.PeerName, pid, end.Word(), detail ?? "", elapsed, user, system);
            }
        }
    }

    /// <summary>Writes the counters to the log, at the stop.</summary>
    public void Sum()
    {
        foreach (var (service, totals) in _totals.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            logger.Served(service, totals.ToString());
        }
    }

    private ConnectionRecord Open(string service, Socket socket, EndPoint? peer, PeerCredentials? credentials)
    {
        var protocol = socket.AddressFamily == AddressFamily.Unix ? "UNIX" : socket.SocketType == SocketType.Dgram ? "UDP" : "TCP";
        var record = new ConnectionRecord(
            Interlocked.Increment(ref _lastId),
            service,
            _totals.GetOrAdd(service, static _ => new ServiceTotals()),
            protocol,
            peer,
            socket.LocalEndPoint!,
            credentials,
            time.GetTimestamp());
        _live[record.Id] = record;
        return record;
    }
}
