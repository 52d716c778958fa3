using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>The gates before all services, and the one that they share: the connections of the whole daemon.</summary>
internal sealed class Gates
{
    private readonly ConcurrentDictionary<string, ServiceGates> _services = new();
    private readonly Lock _lock = new();
    private readonly ConnectionCount _total;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private volatile bool _draining;

    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public Gates(ILogger logger, TimeProvider time) => (_total, _logger, _time) = (new ConnectionCount(_lock), logger, time);

    /// <summary>How many connections there are, of how many.</summary>
    public (int Taken, int? Most) Total => _total.Use;

    /// <summary>The usage of the busiest network, and its ceiling; null where there is none.</summary>
    public (int Live, int Most)? TotalOfANetwork
    {
        get
        {
            lock (_lock)
            {
                return _total.NetworkUse(default);
            }
        }
    }

    /// <summary>Applies another map to clients that come from now on. Counts and buckets stay.</summary>
    public void Apply(Map map)
    {
        var rules = new Dictionary<(ImmutableArray<PeerRule>?, ImmutableArray<PeerRule>), PeerRules>();
        var ports = map.Ports.ToLookup(port => port.Service.Name);
        foreach (var service in map.Services)
        {
            // Many services have the rules of the defaults, and those may be long.
            var (allow, deny) = (service.Admission.Allow, service.Admission.Deny);
            if (!rules.TryGetValue((allow, deny), out var own))
            {
                rules[(allow, deny)] = own = new PeerRules(allow, deny);
            }

            var sockets = ports[service.Name];
            var terms = Terms.Of(service, own, _time) with
            {
                HasConnections = !sockets.Any() || sockets.Any(port => !port.HasDatagramHandler || port.Service.Forward is not null),
            };
            _services.GetOrAdd(service.Name, name => new ServiceGates(name, _lock, _total, terms, _logger, _time))
                .Apply(terms, ReachOfPorts.Of(sockets));
        }

        if (_draining)
        {
            // A change that hung has come after the stop.
            Drain();
        }

        _total.Limit(map.Daemon.MaxConnections, ReachOfPorts.Of(map.Ports));
    }

    /// <summary>The connections of each service, here and elsewhere.</summary>
    public IReadOnlyDictionary<string, int> Live() =>
        _services.Where(pair => pair.Value.Taken > 0).ToDictionary(pair => pair.Key, pair => pair.Value.Taken);

    /// <summary>Counts the connections that another process has of each service. The next call may tell their sources.</summary>
    public void CountElsewhere(IReadOnlyDictionary<string, int> live)
    {
        foreach (var (service, gate) in _services)
        {
            gate.CountElsewhere(live.GetValueOrDefault(service));
        }

        _total.SetElsewhere(live.Values.Sum());
    }

    /// <inheritdoc cref="CountElsewhere(IReadOnlyDictionary{string, int})"/>
    /// <param name="connections">Each service and peer, as <see cref="LiveConnection.Peer"/> has it.</param>
    public void CountElsewhere(IReadOnlyList<(string Service, string Peer)> connections)
    {
        CountElsewhere(connections.CountBy(connection => connection.Service).ToDictionary());
        var peers = connections.Select(connection => (connection.Service, Peer: Peer.Parse(connection.Peer)))
            .Where(connection => connection.Peer is not null)
            .ToLookup(connection => connection.Service, connection => connection.Peer!.Value);
        foreach (var (service, gate) in _services)
        {
            gate.CountElsewhere(peers[service]);
        }

        _total.SetElsewhere([.. peers.SelectMany(service => service).Select(peer => Networks.Of(peer))]);
    }

    /// <summary>The gates of a service of the map.</summary>
    public ServiceGates Of(string service) => _services[service];

    /// <summary>
    /// All listeners use the new map: waiting clients are judged again, and removed services are forgotten with their last connection.
    /// </summary>
    public void WakeAndForget(Map map)
    {
        foreach (var gate in _services.Values)
        {
            gate.Wake();
        }

        _total.Wake();
        var names = map.Services.Select(service => service.Name).ToHashSet();
        foreach (var gone in _services.Where(pair => !names.Contains(pair.Key) && pair.Value.IsEmpty))
        {
            _services.TryRemove(gone);
        }
    }

    /// <summary>Refuses every client from now on: a connection may be accepted just when the daemon is told to stop.</summary>
    public void Drain()
    {
        _draining = true;
        foreach (var gate in _services.Values)
        {
            gate.Drain();
        }
    }
}
