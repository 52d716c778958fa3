using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Fits services to their sockets, which are known only after all of them: a key that the sockets do not allow is an error in the service's
/// own table, and is ignored as a default.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="host">What the system offers.</param>
/// <param name="daemon">The section of the daemon.</param>
/// <param name="ports">The sockets of all services.</param>
/// <param name="isWhole">Whether these are all sockets of the map (<see cref="PortBinder.IsWhole"/>).</param>
internal sealed class ServiceFit(Problems problems, Host host, DaemonSection daemon, IReadOnlyList<Port> ports, bool isWhole)
{
    private readonly ILookup<string, Port> _ports = ports.ToLookup(port => port.Service.Name);
    private readonly ServerFit _server = new(problems, isWhole);
    private readonly AdmissionFit _admission = new(problems, daemon.MaxConnections);
    private readonly WaitFit _wait = new(problems, daemon.MaxConnections);
    private readonly ForwardFit _forward = new(problems);
    private readonly TlsFit _tls = new(problems, daemon);
    private readonly RawFit _raw = new(problems, host, daemon, isWhole);

    /// <summary>The service, without what its sockets do not allow.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    public Service Fit(Service service, Section<Service> section)
    {
        List<Port> own = [.. _ports[service.Name]];
        service = _server.Fit(service, section, own);
        var sockets = own.Aggregate(Scope.None, (all, port) => all | PortKeys.ScopeOf(port.Key));
        _tls.Fit(service, section, sockets);
        service = _forward.Fit(service, section, own);
        if (service.Kind != ServiceKind.Server)
        {
            // A proxy may come by a unix socket, and name a client that has an address.
            sockets |= own.Any(port => port.Trusted is not null) ? Scope.IpConnecting : Scope.None;
            service = _admission.Fit(service, section, sockets, own.Any(port => port.HasRemoteClients));
            service = _wait.Fit(service, section, own);
            WarnOfUnlogged(service, section, sockets);
        }

        return _raw.Fit(service, section, own);
    }

    private void WarnOfUnlogged(Service service, Section<Service> section, Scope sockets)
    {
        if (service.Kind == ServiceKind.Handler && sockets != Scope.None && (sockets & Scope.Connecting) == 0
            && section.Find(ServiceKeys.LogFields.Name) is { } entry)
        {
            problems.Warning(entry.KeyAt, "'log_fields' has no effect: the daemon logs no ends of single datagrams");
        }
    }
}
