using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>An operator's view of the server: services and sockets, connections, and whether a peer would be admitted.</summary>
public sealed class Overview
{
    private readonly Stages _stages;
    private readonly ListenerSet _sockets;
    private readonly string? _file;
    private readonly DateTimeOffset _started;
    private volatile Shown _shown;

    internal Overview(Stages stages, ListenerSet sockets, string? file, DateTimeOffset started, Map map) =>
        (_stages, _sockets, _file, _started, _shown) = (stages, sockets, file, started, new Shown(map, started));

    /// <summary>The present state of all services.</summary>
    public DaemonStatus Status()
    {
        var (map, applied) = _shown;
        var (gate, tally, listeners) = (_stages.Gates, _stages.Tally, _sockets.Listeners);
        var byService = listeners.ToLookup(listener => listener.Assignment.Service.Name);
        return new DaemonStatus(
            Environment.ProcessId,
            _started,
            applied,
            _file is null ? null : FullPath.Of(_file),
            tally.Live.Count,
            [.. map.Services.Select(service => Describe(service, [.. byService[service.Name]], applied))],
            [
                .. listeners.SelectMany(listener => listener.Assignment.Places.Select(place => Describe(listener, place))),
                .. _sockets.Ending.Select(Describe),
            ],
            gate.Total is { Most: { } most } total ? new LimitUse("max_connections", total.Taken, most) : null,
            [])
        {
            MaxPerNetwork = gate.TotalOfANetwork is var (live, mostOfNetwork) ? new LimitUse("max_per_network", live, mostOfNetwork) : null,
        };
    }

    /// <summary>The sockets of the map in force, as handlers see them.</summary>
    internal IReadOnlyList<ServedSocket> Served() => [.. _sockets.Listeners.SelectMany(listener => listener.Assignment.Places.Select(
        place => new ServedSocket(
            place.Port.Service.Name,
            place.Transport,
            place.Local,
            listener.State.Word(),
            listener.Since,
            _stages.Tally.Totals.GetValueOrDefault(place.Port.Service.Name)?.Live ?? 0)))];

    /// <summary>Switches to another map.</summary>
    internal void Show(Map map) => _shown = new Shown(map, _stages.Time.GetUtcNow());

    /// <summary>Whether a peer would be admitted at a socket now, for every service that answers there.</summary>
    /// <param name="peer">An address, or <c>uid:NAME</c>.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>.</param>
    /// <returns>Empty where nothing of the map answers, or no peer can come so.</returns>
    public IReadOnlyList<Outlook> Foresee(string peer, string socket) =>
        PortNotation.Read(socket, new NameCache(), out _) is { } key && Explanation.Find(peer) is { } found
            ? [.. Explanation.Matching(_shown.Map, key).DistinctBy(port => port.Service.Name).Select(port => Foresee(found, port))]
            : [];

    /// <summary>The live connections and children, in the order of their arrival.</summary>
    public IReadOnlyList<LiveConnection> Connections() => [.. _stages.Tally.Live.OrderBy(record => record.Id).Select(Describe)];

    private Outlook Foresee(Peer peer, Port port)
    {
        var service = port.Service.Name;
        var gate = _stages.Gates.Of(service);
        var outlook = port.HasDatagramHandler
            ? gate.Datagrams?.Foresee(service, peer) ?? new Outlook(service, null, false, null, [])
            : gate.Foresee(peer);
        var own = _sockets.Listeners.Where(listener => listener.Assignment.Places.Any(place => place.Port == port));
        if (own.Any(listener => listener.State == ListenerState.Resting || (listener.Assignment.IsServer && !listener.IsPaused)))
        {
            // A child has the socket: of the gates only the filter applies.
            return outlook with
            {
                Word = port.SenderFilter is null ? null : gate.ForeseeFiltered(peer),
                Waits = false,
                RetrySeconds = null,
            };
        }

        return _sockets.HeldAs(service) is { } held ? outlook with { Word = held.Word(), Waits = true, RetrySeconds = null } : outlook;
    }

    private ServiceStatus Describe(Service service, List<Listener> own, DateTimeOffset applied)
    {
        var failed = own.Find(listener => listener.State == ListenerState.Failed);
        var paused = own.Find(listener => listener.IsPaused);
        var gate = _stages.Gates.Of(service.Name);
        var totals = _stages.Tally.Totals.GetValueOrDefault(service.Name) ?? new ServiceTotals();

        // Limits are read before counters: a connection counts at its limits until its end has been counted.
        var uses = gate.Uses();
        var server = service is { Enabled: true, Kind: ServiceKind.Server } ? _stages.Tally.Server(service.Name).Status() : null;
        var ends = Enum.GetValues<ConnectionEnd>().Where(end => totals[end] > 0).ToDictionary(end => end.Word(), end => totals[end]);
        return new ServiceStatus(
            service.Name,
            service.Kind.Word,
            StateOf(service, failed).Word(),
            failed?.Reason ?? TroubleOf(service) ?? own.Select(listener => listener.Reason).FirstOrDefault(reason => reason is not null)
                ?? (gate.Deferring is { } limit ? $"clients wait: {limit}" : null),
            (failed is null && paused is null ? server?.Since : null) ?? (failed ?? paused ?? own.FirstOrDefault())?.Since ?? applied,
            totals.Live,
            ends,
            totals.Reasons,
            uses)
        {
            Datagrams = totals.Datagrams.ByWord,
            Server = server,
        };
    }

    private ServiceState StateOf(Service service, Listener? failed) => !service.Enabled ? ServiceState.Disabled
        : failed is not null ? ServiceState.Failed
        : _sockets.HeldAs(service.Name)
            ?? (service.Kind == ServiceKind.Server ? _stages.Tally.Server(service.Name).State : ServiceState.Serving);

    private string? TroubleOf(Service service) =>
        service is { Enabled: true, Program: { } program } && _stages.Spawner.TroubleOf(program) is { } trouble
            ? $"no child can be started: {trouble}"
            : null;

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
            socket is null || !place.Port.Key.Transport.IsTcp ? null : socket.Ask(open => TcpInfo.PendingOn(open.SafeHandle)),
            socket?.Ask(SocketDrops.Of))
        { Entry = EntryOf(place.Port) };
    }

    private static string? EntryOf(Port port) => port.IsOneOfSeveral ? port.Entry : null;

    private static SocketStatus Describe(EndingSocket ending) => new(
        ending.Socket.Local,
        ending.Socket.Place.Transport,
        ending.Service,
        ending.Socket.Port.Name,
        ListenerState.Ending.Word(),
        ending.Reason,
        ending.Since,
        null,
        null)
    { Entry = EntryOf(ending.Socket.Port) };

    private LiveConnection Describe(ConnectionRecord record)
    {
        var status = _stages.Runner.Find(record.Id)?.GetStatus();
        var child = status is null && record is { Cookie: { } cookie, Local: IPEndPoint local, Peer: IPEndPoint peer }
            ? SocketDiagnosis.Ask(local, peer, cookie)
            : null;
        var age = _stages.Time.GetElapsedTime(record.Started);
        return new LiveConnection(
            record.Id,
            record.Service,
            record.Protocol,
            LinkScope.Text(record.Local),
            record.PeerName is EndPoint peerEnd ? LinkScope.Text(peerEnd) : $"{record.PeerName}",
            _stages.Time.GetUtcNow() - age,
            age,
            status is null ? child?.Received : record.BytesReceived,
            status is null ? child?.Sent : record.BytesSent,
            (status?.State ?? (ConnectionState?)child?.State)?.Word(),
            status is null ? child?.RoundTripTime : status.RoundTripTime,
            record.Pid,
            Environment.ProcessId);
    }

    private sealed record Shown(Map Map, DateTimeOffset Applied);
}
