using System.Collections.Immutable;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config;

/// <summary>
/// A complete, validated configuration: an immutable snapshot that either applies entirely or not at all. It says which service answers on
/// which socket, so nothing is looked up while connections arrive.
/// </summary>
public sealed record Map
{
    /// <summary>The section <c>[daemon]</c>.</summary>
    public required DaemonSection Daemon { get; init; }

    /// <summary>The section <c>[log]</c>.</summary>
    public required LogSection Log { get; init; }

    /// <summary>
    /// <c>max_per_source</c> of <c>[defaults]</c>; null where that names none. A default holds for other peers
    /// than a service's own number (<see cref="Admission.CountsLocalPeers"/>), and only a number that is named is the least that a network
    /// may have: so it is a value of the map.
    /// </summary>
    internal Limit<int>? DefaultMaxPerSource { get; init; }

    /// <summary>The keys that its system does not have, <see cref="Host.Absent"/>.</summary>
    internal IReadOnlyDictionary<string, string> Absent { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The sockets of <c>[ports]</c> in the order of the files, without those of disabled services.</summary>
    public required ImmutableArray<Port> Ports { get; init; }

    /// <summary>The first port of each entry of <c>[ports]</c>, which stands for the whole entry in what people read.</summary>
    public IEnumerable<Port> PortEntries => Ports.DistinctBy(port => port.Entry);

    /// <summary>The services that a socket names or a table defines, enabled or not.</summary>
    public required ImmutableArray<Service> Services { get; init; }

    /// <summary>The servers that bind their sockets themselves.</summary>
    public IEnumerable<Service> ServersWithoutSocket => Services.Where(service => service.IsServerWithoutSocket);

    /// <summary>Whether a service of it runs all the time.</summary>
    public bool HasServer(string service) => Services.Any(known => known.Name == service && known.Kind == ServiceKind.Server);

    /// <summary>The ports on which its services receive datagrams.</summary>
    public IReadOnlySet<int> DatagramPorts() =>
        Ports.Where(port => port.Key.Transport is { IsDatagram: true, IsIp: true, IsRaw: false })
            .Select(port => (int)port.Key.Number).ToHashSet();
}
