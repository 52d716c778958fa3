using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;

namespace NetSuperd.Server.Tally;

/// <summary>Keeps the record of every live connection, and writes its start and its end to the log: one line each.</summary>
internal sealed class ConnectionTally(ILogger logger, TimeProvider time) : IConnectionTally
{
    private readonly ConcurrentDictionary<long, ConnectionRecord> _live = new();
    private readonly ConcurrentDictionary<string, ServiceTotals> _totals = new();
    private readonly ConcurrentDictionary<(string Service, bool OfFailures), RefusalSample> _refusals = new();
    private readonly ConcurrentDictionary<string, HandlerLines> _handlerLines = new();
    private readonly ConcurrentDictionary<string, ServerRecord> _servers = new();
    private readonly EventFeed _events = (logger as EventLogger)?.Feed ?? new EventFeed();
    private long _lastId;

    /// <summary>The connections that the log does not name.</summary>
    public LeftOutConnections LeftOut { get; } = new(logger, time);

    /// <summary>The records of connections that have not ended.</summary>
    public ICollection<ConnectionRecord> Live => _live.Values;

    /// <summary>How many connections live.</summary>
    public int LiveCount => _live.Count;

    /// <summary>The counters of each service.</summary>
    public IReadOnlyDictionary<string, ServiceTotals> Totals => _totals;

    /// <summary>A service of a map that is going to be in force; it keeps its counters.</summary>
    public ServiceUse Use(string service) => new(
        service,
        _totals.GetOrAdd(service, static _ => new ServiceTotals()),
        _handlerLines.GetOrAdd(service, name => new HandlerLines(name, logger, time)));

    /// <summary>Counts the datagrams of a service.</summary>
    public DatagramTally Datagrams(ServiceUse use) => new(use, Sample(use.Name), Sample(use.Name, ofFailures: true), logger);

    /// <summary>Continues the numbers of a predecessor, whose connections keep theirs.</summary>
    public void NumberFrom(long id) => _lastId = id;

    /// <summary>The last number that was used.</summary>
    public long LastId => Interlocked.Read(ref _lastId);

    /// <summary>The record of a live connection, or null.</summary>
    public ConnectionRecord? Find(long id) => _live.GetValueOrDefault(id);

    /// <summary>Opens the record of an accepted connection.</summary>
    /// <param name="service">The service.</param>
    /// <param name="protocol">The name of the listener's protocol.</param>
    /// <param name="socket">The connection.</param>
    /// <param name="lease">What it holds of the limits, given back when the record is closed.</param>
    /// <returns>The record; null where the client has gone, and its address with it.</returns>
    public ConnectionRecord? Open(ServiceUse service, string protocol, StreamSocket socket, IDisposable lease) =>
        SocketEnds.Of(socket) is { } ends ? Open(service, protocol, ends.Local, ends.Peer, ends.Credentials, lease) : null;

    /// <summary>Opens the record of a child that gets a listening or datagram socket itself.</summary>
    /// <param name="service">The service.</param>
    /// <param name="protocol">The name of the socket's protocol.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="peer">The sender that woke it, where that is known.</param>
    /// <param name="lease">What it holds of the limits, given back when the record is closed.</param>
    public ConnectionRecord OpenShared(ServiceUse service, string protocol, Socket socket, EndPoint? peer, IDisposable lease) =>
        Open(service, protocol, SocketEnds.LocalOf(socket), peer, null, lease);

    /// <summary>Opens the record of a server whose program binds its sockets itself.</summary>
    /// <param name="service">The service.</param>
    /// <param name="lease">Disposed of when the record is closed.</param>
    public ConnectionRecord OpenServer(ServiceUse service, IDisposable lease) =>
        Open(service, "NONE", NoEndPoint.Instance, null, null, lease);

    /// <summary>The record of a server, which outlives its maps.</summary>
    public ServerRecord Server(string service) => _servers.GetOrAdd(service, _ => new ServerRecord(time));

    /// <summary>How long the connection has lasted.</summary>
    public TimeSpan AgeOf(ConnectionRecord record) => time.GetElapsedTime(record.Started);

    /// <inheritdoc/>
    /// <remarks>Logs that: by a handler, or by the child in <see cref="ConnectionRecord.Pid"/>.</remarks>
    public void Start(ConnectionRecord record)
    {
        if (_events.ReadsConnections)
        {
            _events.Publish(Event(ServerEvent.Started, record));
        }

        if (!record.IsLogged)
        {
            return;
        }

        if (record.Pid is { } pid)
        {
            logger.ChildStarted(record.Id, record.Service, record.PeerName, record.Local, pid);
        }
        else
        {
            logger.ConnectionStarted(record.Id, record.Service, record.PeerName, record.Local);
        }
    }

    /// <inheritdoc/>
    public void Begin(ConnectionRecord record) => record.Use.Totals.Start.Count(AgeOf(record));

    /// <inheritdoc/>
    /// <remarks>Of connections that the log leaves out, it names the first ten failures a second.</remarks>
    public bool NamesFailure(ConnectionRecord record) =>
        record.IsLogged || Sample(record.Service, ofFailures: true).Names(ConnectionEnd.Failed.Word());

    /// <inheritdoc/>
    public void Close(ConnectionRecord record, ConnectionEnd end, string? detail = null, string? reason = null)
    {
        var elapsed = AgeOf(record);
        record.Use.Totals.Count(record, end, reason, elapsed);
        _live.TryRemove(record.Id, out _);
        record.Lease.Dispose();
        LogEnd(record, end, detail, elapsed.TotalSeconds);
        var isRefused = end == ConnectionEnd.Refused;
        if (isRefused ? _events.IsRead : _events.ReadsConnections)
        {
            _events.Publish(Event(isRefused ? ServerEvent.Refused : ServerEvent.Ended, record) with
            {
                End = isRefused ? null : end.Word(),
                Reason = isRefused ? detail : detail ?? reason,
                Elapsed = elapsed,
            });
        }

        record.Use.Leave();
    }

    /// <summary>Logs how many refusals, connections and lines were left out. To be called regularly.</summary>
    public void TellLeftOut()
    {
        foreach (var sample in _refusals.Values)
        {
            sample.TellLeftOut();
        }

        foreach (var lines in _handlerLines.Values)
        {
            lines.TellDropped();
        }

        LeftOut.Tell();
    }

    /// <summary>Writes the counters to the log, at the stop.</summary>
    public void LogTotals()
    {
        foreach (var lines in _handlerLines.Values)
        {
            lines.TellDropped(isLast: true);
        }

        LeftOut.Tell(isLast: true);
        foreach (var (service, totals) in _totals.Where(pair => pair.Value.HasAny).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            logger.Served(service, totals.ToString());
        }
    }

    /// <summary>Refusals and failures are chosen apart, so that a flood of the ones does not hide the others.</summary>
    private RefusalSample Sample(string service, bool ofFailures = false) =>
        _refusals.GetOrAdd((service, ofFailures), key => new RefusalSample(key.Service, logger, time));

    private ServerEvent Event(string name, ConnectionRecord record) => new(name, time.GetUtcNow())
    {
        Service = record.Service,
        Record = record,
        Pid = record.Pid,
    };

    private void LogEnd(ConnectionRecord record, ConnectionEnd end, string? detail, double elapsed)
    {
        if (!record.IsLogged)
        {
            return;
        }

        if (end == ConnectionEnd.Refused && !Sample(record.Service).Names(detail ?? ""))
        {
            return;
        }

        if (end == ConnectionEnd.Refused)
        {
            logger.ConnectionRefused(record.Id, record.Service, record.PeerName, record.Local, detail ?? "");
        }
        else if (record is { Pid: null, TimedOutBy: { } over })
        {
            logger.ConnectionTimedOut(record.Id, record.Service, record.PeerName, over, elapsed, record.BytesReceived, record.BytesSent);
        }
        else if (end == ConnectionEnd.Unspawned && record.Pid is null && detail is not null)
        {
            logger.UnspawnedEnded(record.Id, record.Service, record.PeerName, end.Word(), elapsed, detail);
        }
        else if (record.Pid is not { } pid)
        {
            logger.ConnectionEnded(
                record.Id, record.Service, record.PeerName, end.Word(), elapsed, record.BytesReceived, record.BytesSent);
        }
        else if (record.Usage is { } usage)
        {
            logger.ChildEnded(
                record.Id, record.Service, record.PeerName, pid, end.Word(), detail ?? "", elapsed,
                usage.UserTime.TotalSeconds, usage.SystemTime.TotalSeconds, usage.PeakMemory / 1024);
        }
        else
        {
            logger.LostChildEnded(record.Id, record.Service, record.PeerName, pid, end.Word(), detail ?? "", elapsed);
        }
    }

    private ConnectionRecord Open(
        ServiceUse service, string protocol, EndPoint local, EndPoint? peer, PeerCredentials? credentials, IDisposable lease)
    {
        var record = new ConnectionRecord(
            Interlocked.Increment(ref _lastId),
            service,
            protocol,
            peer,
            local,
            credentials,
            time.GetTimestamp(),
            lease);
        service.Enter();
        service.Totals.Begin();
        _live[record.Id] = record;
        return record;
    }

    /// <summary>The local end of a server without a socket of the map.</summary>
    private sealed class NoEndPoint : EndPoint
    {
        public static readonly NoEndPoint Instance = new();

        public override string ToString() => "none";
    }
}
