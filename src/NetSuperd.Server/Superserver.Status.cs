using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>What the operator asks: STATUS and ABORT.</summary>
public sealed partial class Superserver
{
    /// <summary>What is served just now.</summary>
    public DaemonStatus Status()
    {
        // What has gone since the last regular look must not be called listening.
        _sockets?.Look();
        var listeners = _sockets?.Listeners ?? [];
        var byService = listeners.ToLookup(listener => listener.Assignment.Service.Name);
        return new DaemonStatus(
            Environment.ProcessId,
            _started,
            _applied,
            _request.File is { } file ? FullPath.Of(file) : null,
            _tally.Live.Count,
            [.. Map.Services.Select(service => Describe(service, [.. byService[service.Name]]))],
            [
                .. listeners.SelectMany(listener => listener.Assignment.Places.Select(place => Describe(listener, place))),
                .. (_sockets?.Ending ?? []).Select(Describe),
            ],
            _gate.Total is { Most: { } most } total ? new LimitUse("max_connections", total.Taken, most) : null,
            [])
        {
            MaxPerNetwork = _gate.TotalOfANetwork is var (live, mostOfNetwork) ? new LimitUse("max_per_network", live, mostOfNetwork) : null,
        };
    }

    /// <summary>The sockets of the map in force, as handlers see them.</summary>
    internal IReadOnlyList<ServedSocket> Served() => [.. (_sockets?.Listeners ?? []).SelectMany(listener => listener.Assignment.Places.Select(
        place => new ServedSocket(
            place.Port.Service.Name,
            place.Transport,
            place.Local,
            listener.State.Word(),
            listener.Since,
            _tally.Totals.GetValueOrDefault(place.Port.Service.Name)?.Live ?? 0)))];

    /// <summary>What would become of a peer that came to a socket just now, for every service that answers there.</summary>
    /// <param name="peer">An address, or <c>uid:NAME</c>.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>.</param>
    /// <returns>Empty where nothing of the map answers, or nobody can come so.</returns>
    public IReadOnlyList<Outlook> Look(string peer, string socket) =>
        PortNotation.Read(socket, new NameCache(), out _) is { } key && Explanation.Find(peer) is { } found
            ? [.. Explanation.Matching(Map, key).DistinctBy(port => port.Service.Name).Select(port => Look(found, port))]
            : [];

    /// <summary>Counts the connections of the process before this one, which belong to the same limits.</summary>
    public void CountElsewhere(IReadOnlyList<LiveConnection> connections) =>
        _gate.CountElsewhere([.. connections.Select(connection => (connection.Service, connection.Peer))]);

    /// <summary>The connections and children that live, in the order in which they came.</summary>
    public IReadOnlyList<LiveConnection> Connections() => [.. _tally.Live.OrderBy(record => record.Id).Select(Describe)];

    /// <summary>Ends a connection at once: buffers are discarded, and a child is killed with its session.</summary>
    /// <returns>False where there is no such connection.</returns>
    public bool Abort(long id)
    {
        if (_tally.Find(id) is not { } record)
        {
            return false;
        }

        _logger.AbortedByOperator(id, record.Service);
        _runner.Find(id)?.Abort();
        foreach (var (process, _) in _spawner?.Children.Where(child => child.Job.Record.Id == id) ?? [])
        {
            Reset(record);
            Spawner.Kill(process);
        }

        return true;
    }

    /// <summary>The daemon has no copy of a child's connection: the system closes it by its numbers, for the client to see a reset.</summary>
    private static void Reset(ConnectionRecord record)
    {
        if (record is { Cookie: { } cookie, Local: IPEndPoint local, Peer: IPEndPoint peer })
        {
            // Without the capability the connection is closed with the child, in order where all was read.
            _ = SocketDiagnosis.Destroy(local, peer, cookie);
        }
    }

    private Outlook Look(Peer peer, Port port)
    {
        var service = port.Service.Name;
        var gate = _gate.Of(service);
        var outlook = port.Service.Program is null && port.Key.Transport.IsDatagram
            ? gate.Datagrams?.Look(service, peer) ?? new Outlook(service, null, false, null, [])
            : gate.Look(peer);
        if (_sockets!.Listeners.Any(listener => listener.State == ListenerState.Resting && listener.Assignment.Places.Any(place => place.Port == port)))
        {
            // A child has the socket, and asks none of the gates.
            return outlook with { Word = null, Waits = false, RetrySeconds = null };
        }

        return _sockets!.Listeners.Any(listener => listener.IsPaused && listener.Assignment.Service.Name == service)
            ? outlook with { Word = ListenerState.Paused.Word(), Waits = true, RetrySeconds = null }
            : outlook;
    }

    private ServiceStatus Describe(Service service, List<Listener> own)
    {
        var failed = own.Find(listener => listener.State == ListenerState.Failed);
        var paused = own.Find(listener => listener.IsPaused);
        var gate = _gate.Of(service.Name);
        var totals = _tally.Totals.GetValueOrDefault(service.Name) ?? new ServiceTotals();

        // Against the order in which the end of a connection is counted: whoever sees a free place finds its end, and who lives without it.
        var uses = gate.Uses();
        var ends = Enum.GetValues<ConnectionEnd>().Where(end => totals[end] > 0).ToDictionary(end => end.Word(), end => totals[end]);
        return new ServiceStatus(
            service.Name,
            service.Program is null ? "handler" : service.Program.Wait ? "wait" : "child",
            !service.Enabled ? "disabled" : failed is not null ? "failed" : paused is not null ? "paused" : "serving",
            failed?.Reason ?? own.Select(listener => listener.Reason).FirstOrDefault(reason => reason is not null)
                ?? (gate.Deferring is { } limit ? $"clients wait: {limit}" : null),
            (failed ?? paused ?? own.FirstOrDefault())?.Since ?? _applied,
            totals.Live,
            ends,
            totals.Reasons,
            uses)
        { Datagrams = totals.Datagrams.ByWord };
    }

    private static SocketStatus Describe(Listener listener, SocketPlace place)
    {
        var socket = listener.Find(place.Id);
        return new SocketStatus(
            place.Local,
            place.Transport,
            place.Port.Service.Name,
            place.Port.Name,
            listener.State.Word(),
            listener.Reason,
            listener.Since,
            socket is null || place.Port.Key.Transport != Transport.Tcp ? null : socket.Ask(open => TcpInfo.PendingOn(open.SafeHandle)),
            socket?.Ask(SocketDrops.Of));
    }

    private static SocketStatus Describe(EndingSocket ending) => new(
        ending.Socket.Local,
        ending.Socket.Place.Transport,
        ending.Service,
        ending.Socket.Port.Name,
        ListenerState.Ending.Word(),
        null,
        ending.Since,
        null,
        null);

    private LiveConnection Describe(ConnectionRecord record)
    {
        var status = _runner.Find(record.Id)?.GetStatus();
        var child = status is null && record is { Cookie: { } cookie, Local: IPEndPoint local, Peer: IPEndPoint peer }
            ? SocketDiagnosis.Ask(local, peer, cookie)
            : null;
        var age = _time.GetElapsedTime(record.Started);
        return new LiveConnection(
            record.Id,
            record.Service,
            record.Protocol,
            LinkScope.Text(record.Local),
            record.PeerName is EndPoint peerEnd ? LinkScope.Text(peerEnd) : $"{record.PeerName}",
            _time.GetUtcNow() - age,
            age,
            status is null ? child?.Received : record.BytesReceived,
            status is null ? child?.Sent : record.BytesSent,
            (status?.State ?? (ConnectionState?)child?.State)?.Word(),
            status is null ? child?.RoundTripTime : status.RoundTripTime,
            record.Pid,
            Environment.ProcessId);
    }
}
