using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Fits the keys of a forward to the sockets of the service.</summary>
/// <param name="problems">Receives the problems.</param>
internal sealed class ForwardFit(Problems problems)
{
    private static readonly string[] OfConnections = [ForwardKeys.SendProxy.Name, ForwardKeys.TlsTo.Name, ForwardKeys.Transparent.Name];

    /// <summary>The service, without the keys of <c>[defaults]</c> that do not fit; those of its own table are errors.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="ports">Its sockets.</param>
    public Service Fit(Service service, Section<Service> section, IReadOnlyList<Port> ports)
    {
        if (service.Forward is not { } plan || ports.FirstOrDefault(port => port.Key.Transport.IsDatagram) is not { } datagrams)
        {
            return service;
        }

        // Where a socket takes connections as well, a header for these is wanted.
        var isMixed = ports.Any(port => !port.Key.Transport.IsDatagram);
        foreach (var entry in OfConnections.Select(section.Find).OfType<Toml.Entry>())
        {
            if (entry.Key == ForwardKeys.Transparent.Name && !plan.Transparent)
            {
                continue;
            }

            if (isMixed && entry.Key != ForwardKeys.TlsTo.Name)
            {
                problems.Warning(entry.KeyAt, $"'{entry.Key}' is for connections: the datagrams of {datagrams.Entry} "
                    + (entry.Key == ForwardKeys.SendProxy.Name ? "get no header" : "come from this host"));
                continue;
            }

            problems.Error(entry.KeyAt, $"'{entry.Key}' cannot be used here: it is for connections, and {datagrams.Entry} receives "
                + "datagrams: forward those by a service of their own");
        }

        if (plan.Targets.FirstOrDefault(target => target.Service is not null) is { } named)
        {
            problems.Error(
                service.HandlerAt,
                $"'{named}' takes connections, and {datagrams.Entry} receives datagrams: name an address and a port");
        }

        return isMixed ? service : service with { Forward = plan with { SendProxy = null, TlsTo = null, Transparent = false } };
    }
}
