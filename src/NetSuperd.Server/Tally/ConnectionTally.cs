using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tally;

/// <summary>Keeps the record of every live connection, and writes its start and its end to the log: one line each.</summary>
internal sealed class ConnectionTally(ILogger logger, TimeProvider time) : IConnectionTally
{
    private readonly ConcurrentDictionary<long, ConnectionRecord> _live = new();
    private readonly ConcurrentDictionary<string, ServiceTotals> _totals = new();
    private readonly ConcurrentDictionary<string, ServiceLines> _lines = new();
    private readonly ConcurrentDictionary<string, ServerRecord> _servers = new();
    private readonly SharedEnd _local = new();
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
        Lines(service));

    /// <summary>Sets what the log has of a service from now on. A connection keeps what it began with.</summary>
    public void Want(string service, ServiceLog log) => Lines(service).Wanted = log;

    /// <summary>Counts the datagrams of a service.</summary>
    public DatagramTally Datagrams(ServiceUse use) => new(use, logger);

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
        SocketEnds.Of(socket) is { } ends ? Open(service, protocol, _local.For(ends.Local), ends.Peer, ends.Credentials, lease) : null;

    /// <summary>Opens the record of a connection that a handler has passed to another service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="before">Its record at the handler.</param>
    /// <param name="socket">The connection.</param>
    /// <param name="lease">What it holds of the limits, given back when the record is closed.</param>
    /// <returns>The record; null where the client has gone, and its address with it.</returns>
    public ConnectionRecord? OpenPassed(ServiceUse service, ConnectionRecord before, StreamSocket socket, IDisposable lease)
    {
        var record = Open(service, before.Protocol, socket, lease);
        record?.NameClientAs(before);
        return record;
    }

    /// <summary>Opens the record of a child that gets a socket of the map itself, or of a session of datagrams.</summary>
    /// <param name="service">The service.</param>
    /// <param name="protocol">The name of the socket's protocol.</param>
    /// <param name="local">The address of the socket, or the one to which the client has sent.</param>
    /// <param name="peer">The client, where that is known.</param>
    /// <param name="lease">What it holds of the limits, given back when the record is closed.</param>
    public ConnectionRecord Open(ServiceUse service, string protocol, EndPoint local, EndPoint? peer, IDisposable lease) =>
        Open(service, protocol, local, peer, null, lease);

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
        record.IsLogged || record.Use.Log.NamesFailure(ConnectionEnd.Failed.Word());

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
        foreach (var lines in _lines.Values)
        {
            lines.TellLeftOut();
        }

        LeftOut.Tell();
    }

    /// <summary>Writes the counters to the log, at the stop.</summary>
    public void LogTotals()
    {
        foreach (var lines in _lines.Values)
        {
            lines.OfHandler.TellDropped(isLast: true);
        }

        LeftOut.Tell(isLast: true);
        foreach (var (service, totals) in _totals.Where(pair => pair.Value.HasAny).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            logger.Served(service, totals.ToString());
        }
    }

    private ServiceLines Lines(string service) => _lines.GetOrAdd(service, name => new ServiceLines(name, logger, time));

    private ServerEvent Event(string name, ConnectionRecord record) => new(name, time.GetUtcNow())
    {
        Service = record.Service,
        Record = record,
        Pid = record.Pid,
    };

    private void LogEnd(ConnectionRecord record, ConnectionEnd end, string? detail, double elapsed)
    {
        if (end != ConnectionEnd.Refused)
        {
            if (record.IsLogged || IsRemarkable(record, end))
            {
                EndLine.Write(logger, record, end, detail, elapsed);
            }
        }
        else if (record.Use.Log.NamesRefusal(detail ?? ""))
        {
            logger.ConnectionRefused(record.Id, record.Service, record.PeerName, record.Local, detail ?? "");
        }
    }

    /// <summary>
    /// Whether the log names an end where it names no connection that is served as it should be. An error of a handler or of a start has a
    /// line of its own, and a program may exit with any status when its client has gone.
    /// </summary>
    private static bool IsRemarkable(ConnectionRecord record, ConnectionEnd end) =>
        record.Log.Names == LoggedConnections.Refusals
        && end is ConnectionEnd.Killed or ConnectionEnd.Aborted or ConnectionEnd.TimedOut or ConnectionEnd.WorkerLost
            or ConnectionEnd.Unreachable or ConnectionEnd.TargetReset
        && record.Use.Log.NamesFailure(end.Word());

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
            lease,
            service.Log.Wanted);
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
