using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Reports services that forward to sockets of the map from which it all comes back: each client would use up every descriptor.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="names">Knows the names of hosts(5).</param>
/// <param name="ports">The sockets of the map, with the services that answer.</param>
internal sealed class ForwardLoops(Problems problems, NameCache names, IReadOnlyList<Port> ports)
{
    private List<Port> _sockets = [];

    /// <summary>Checks the services that forward: their connections, and their datagrams.</summary>
    public void Check(IReadOnlyList<Service> services)
    {
        _sockets = [.. ports.Where(port => port.Key.Transport.IsStream && port.Service.Enabled)];
        CheckSockets(services);
        _sockets = [.. ports.Where(port => port.Key.Transport.HasSessions && port.Service.Enabled)];
        CheckSockets([.. services.Where(service => _sockets.Exists(port => port.Service.Name == service.Name))]);
    }

    private void CheckSockets(IEnumerable<Service> services)
    {
        foreach (var service in services.Where(service => service is { Enabled: true, Forward: not null }))
        {
            foreach (var target in service.Forward!.Targets)
            {
                if (PortOf(target) is { } port && Leads(port.Service, service.Name, []))
                {
                    problems.Error(service.HandlerAt, port.Service.Name == service.Name
                        ? $"'{service.Name}' forwards to {target}, which is its own socket {port.Entry}: its clients would never be served"
                        : $"'{service.Name}' forwards to {target}, the socket {port.Entry} of '{port.Service.Name}', which leads back to "
                            + $"'{service.Name}': its clients would never be served");
                }
            }
        }
    }

    private bool Leads(Service from, string to, HashSet<string> seen) => from.Name == to || (seen.Add(from.Name)
        && (from.Forward?.Targets ?? []).Any(target => PortOf(target) is { } port && Leads(port.Service, to, seen)));

    /// <summary>The socket of the map that a target is; null: none, as far as the map and hosts(5) tell.</summary>
    private Port? PortOf(ForwardTarget target) => target.End switch
    {
        IPEndPoint end => PortOf(end),
        DnsEndPoint name => names.Addresses(name.Host).Select(address => PortOf(new IPEndPoint(address, name.Port)))
            .FirstOrDefault(port => port is not null),
        _ => _sockets.Find(port => port.Key.Path == target.Address),
    };

    /// <summary>The socket with the address itself; or one on every address, which has every address that the map shows as local.</summary>
    private Port? PortOf(IPEndPoint end)
    {
        var onPort = _sockets.FindAll(port => port.Key.Transport.IsIp && port.Key.Number == end.Port);
        return onPort.Find(port => end.Address.Equals(port.Key.Address))
            ?? (IsLocal(end.Address) ? onPort.Find(port => port.Key.Addresses.Contains(HostAddress.EveryOf(end.AddressFamily))) : null);
    }

    private bool IsLocal(IPAddress address) =>
        IPAddress.IsLoopback(address) || ports.Any(port => address.Equals(port.Key.Address) && !port.Key.IsGroup);
}
