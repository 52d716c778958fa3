using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Fits <c>tls</c> to the sockets of a service: it needs connections, and that the daemon accepts each of them.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="daemon">The section of the daemon.</param>
internal sealed class TlsFit(Problems problems, DaemonSection daemon)
{
    /// <summary>Reports what does not fit.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="sockets">What its sockets are.</param>
    public void Fit(Service service, Section<Service> section, Scope sockets)
    {
        if (section.Find(ServiceKeys.Tls.Name) is not { } entry)
        {
            return;
        }

        var why = service.Kind switch
        {
            ServiceKind.Wait => "a child with wait = true accepts its clients itself",
            ServiceKind.Server => "a server accepts its clients itself",
            _ when (sockets & Scope.Datagram) != 0 => "TLS needs connections, and one of the sockets of the service receives datagrams",
            _ => null,
        };
        if (why is not null)
        {
            problems.Error(entry.KeyAt, $"'tls' cannot be used here: {why}");
        }
        else if (service.Program is not null && daemon.DrainChildren == DrainChildren.Leave)
        {
            problems.Warning(
                entry.KeyAt,
                "a stop cuts the clients of these children off, although 'drain_children' leaves the children running: the worker that "
                + "encrypts their connections ends with the daemon");
        }
    }
}
