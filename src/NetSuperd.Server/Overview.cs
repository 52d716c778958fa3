using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>An operator's view of the services and their sockets, and whether a peer would be admitted.</summary>
public sealed class Overview
{
    private readonly string? _file;
    private readonly DateTimeOffset _started;
    private readonly ListenerSet _sockets;
    private readonly Gates _gates;
    private readonly Host _host;
    private readonly IProcesses _processes;
    private readonly ConnectionTally _tally;
    private readonly TimeProvider _time;
    private volatile Shown _shown;

    /// <param name="map">The map in force.</param>
    /// <param name="request">The request for the map.</param>
    /// <param name="started">When the daemon started.</param>
    /// <param name="sockets">The listeners.</param>
    /// <param name="gates">The gates of the services.</param>
    /// <param name="processes">Knows why no child can be started, and why no worker serves.</param>
    /// <param name="tally">The records.</param>
    /// <param name="time">The clock.</param>
    internal Overview(
        Map map,
        LoadRequest request,
        DateTimeOffset started,
        ListenerSet sockets,
        Gates gates,
        IProcesses processes,
        ConnectionTally tally,
        TimeProvider time)
    {
        _shown = new Shown(map, started);
        (_file, _host, _started) = (request.File, request.Host, started);
        (_sockets, _gates, _processes, _tally, _time) = (sockets, gates, processes, tally, time);
    }

    /// <summary>The event loops that every daemon has.</summary>
    internal IReadOnlyList<EventLoop> Loops { get; init; } = [];

    /// <summary>The present state of all services.</summary>
    public DaemonStatus Status()
    {
        var (map, applied) = _shown;
        var listeners = _sockets.Listeners;
        var byService = listeners.ToLookup(listener => listener.Assignment.Service.Name);
        return new DaemonStatus(
            Environment.ProcessId,
            _started,
            applied,
            _file is null ? null : FullPath.Of(_file),
            _tally.Live.Count,
            [.. map.Services.Select(service => Describe(service, [.. byService[service.Name]], applied))],
            [
                .. listeners.SelectMany(listener => listener.Assignment.Places.Select(place => Describe(listener, place))),
                .. _sockets.Ending.Select(Describe),
            ],
            _gates.Total is { Most: { } most } total ? new LimitUse(DaemonKeys.MaxConnections.Name, total.Taken, most) : null,
            [])
        {
            MaxPerNetwork = _gates.TotalOfANetwork is var (live, mostOfNetwork)
                ? new LimitUse(AdmissionKeys.MaxPerNetwork.Name, live, mostOfNetwork)
                : null,
            Bounds = HistogramBounds.Own,
            Process = ProcessUse.Now(_host.Process, Loops.ToDictionary(loop => loop.Name, loop => loop.Turns)),
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
            _tally.Totals.GetValueOrDefault(place.Port.Service.Name)?.Live ?? 0)))];

    /// <summary>The services of the map in force, as handlers see them.</summary>
    internal IReadOnlyList<ServedService> ServedServices()
    {
        var failed = _sockets.Listeners.Where(listener => listener.State == ListenerState.Failed)
            .Select(listener => listener.Assignment.Service.Name)
            .ToHashSet();
        return [.. _shown.Map.Services.Select(service =>
        {
            // To a client it is the same whether the socket is missing or the process that would serve.
            var state = StateOf(service, failed.Contains(service.Name));
            state = state == ServiceState.Serving && _processes.TroubleOf(service) is not null ? ServiceState.Failed : state;
            var places = service.Kind is ServiceKind.Handler or ServiceKind.Forward or ServiceKind.Child
                ? _gates.Of(service.Name).Places() : null;
            var live = _tally.Totals.GetValueOrDefault(service.Name)?.Live ?? 0;
            return new ServedService(service.Name, service.Handler, state.Word(), live, places?.Most, places?.Free);
        })];
    }

    /// <summary>Switches to another map.</summary>
    internal void Show(Map map) => _shown = new Shown(map, _time.GetUtcNow());

    /// <summary>Whether a peer would be admitted at a socket now, for every service that answers there.</summary>
    /// <param name="peer">An address, or <c>uid:NAME</c>.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>.</param>
    /// <returns>Empty where nothing of the map answers, or no peer can come so.</returns>
    public IReadOnlyList<Outlook> Outlooks(string peer, string socket) => PeerAtSocket.Read(peer, socket, _host.Names, out _) is { } asked
        ? [.. asked.Answering(_shown.Map).DistinctBy(port => port.Service.Name).Select(port => OutlookOf(asked.Peer, port))]
        : [];

    private Outlook OutlookOf(Peer peer, Port port)
    {
        var service = port.Service.Name;
        var gate = _gates.Of(service);
        var outlook = port.HasDatagramHandler
            ? gate.Datagrams?.OutlookOf(service, peer) ?? new Outlook(service, null, false, null, [])
            : gate.OutlookOf(peer);
        if (port is { HasDatagramHandler: true, Service.Forward: not null })
        {
            // At these limits a new session takes the place of an idle one, as far as there is one.
            var sessions = gate.OutlookOf(peer).Limits.Where(use => outlook.Limits.All(other => other.Limit != use.Limit));
            outlook = outlook with { Limits = [.. outlook.Limits, .. sessions] };
        }

        var own = _sockets.Listeners.Where(listener => listener.Assignment.Places.Any(place => place.Port == port));
        if (own.Any(listener => listener.State == ListenerState.Resting || (listener.Assignment.IsServer && !listener.IsPaused)))
        {
            // A child has the socket: of the gates only the filter applies.
            return outlook with
            {
                Word = port.SenderFilter is null ? null : gate.FilterRefusalOf(peer),
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
        var gate = _gates.Of(service.Name);
        var totals = _tally.Totals.GetValueOrDefault(service.Name) ?? new ServiceTotals();

        // Limits are read before counters: a connection counts at its limits until its end has been counted.
        var uses = gate.Uses();
        var server = service is { Enabled: true, Kind: ServiceKind.Server } ? _tally.Server(service.Name).Status() : null;
        var ends = Enum.GetValues<ConnectionEnd>().Where(end => totals[end] > 0).ToDictionary(end => end.Word(), end => totals[end]);
        return new ServiceStatus(
            service.Name,
            service.Kind.Word,
            StateOf(service, failed is not null).Word(),
            failed?.Reason ?? (service.Enabled ? _processes.TroubleOf(service) : null)
                ?? own.Select(listener => listener.Reason).FirstOrDefault(reason => reason is not null)
                ?? (gate.Deferring is { } limit ? $"clients wait: {limit}" : null)
                ?? (service.CertificateExpires is { } expires && TlsPlan.Remark(expires, _time.GetUtcNow()) is { } remark
                    ? $"its certificate {remark}"
                    : null),
            (failed is null && paused is null ? server?.Since : null) ?? (failed ?? paused ?? own.FirstOrDefault())?.Since ?? applied,
            totals.Live,
            ends,
            totals.Reasons,
            uses)
        {
            Datagrams = totals.Datagrams.ByWord,
            Server = server,
            User = service.Enabled ? service.Rights?.User.Name : null,
            Worker = service is { Enabled: true, Worker.Name: var name } && service.Worker is not null
                ? new WorkerStatus(name, _processes.WorkerOf(service.Name))
                : null,
            CertificateExpires = service.CertificateExpires,
            Accepted = totals.Accepted,
            Received = service.Program is null ? totals.Received : null,
            Sent = service.Program is null ? totals.Sent : null,
            Duration = totals.Duration.Counts,
            Start = totals.Start.Counts,
        };
    }

    private ServiceState StateOf(Service service, bool hasFailed) => !service.Enabled ? ServiceState.Disabled
        : hasFailed ? ServiceState.Failed
        : _sockets.HeldAs(service.Name)
            ?? (service.Kind == ServiceKind.Server ? _tally.Server(service.Name).State : ServiceState.Serving);

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
            socket is null || !place.Port.Key.Transport.IsTcp ? null : socket.Ask(socket.Host.Sockets.PendingOn),
            socket?.Ask(socket.Host.Sockets.DropsOf))
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

    private sealed record Shown(Map Map, DateTimeOffset Applied);
}
