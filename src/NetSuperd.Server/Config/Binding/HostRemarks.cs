using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Warns of entries that this host or this user cannot serve. The map may be meant for another host, so <c>check</c> reports no error; in
/// <c>run</c> the bind does, and what no bind would show is an error here.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="request">The request for the map, which names the user of the daemon.</param>
/// <param name="surroundings">The facts about the host.</param>
/// <param name="names">Names of the system.</param>
internal sealed class HostRemarks(Problems problems, LoadRequest request, Surroundings surroundings, NameCache names)
{
    // TFO_SERVER_ENABLE of include/net/tcp.h in the kernel.
    private const int FastOpenOfServers = 2;

    /// <summary>Warns.</summary>
    public void Remark(DaemonSection daemon, IReadOnlyList<Port> entries)
    {
        foreach (var port in entries.Where(port => port.FastOpen is not null && (surroundings.FastOpen & FastOpenOfServers) == 0))
        {
            problems.Warning(
                port.At,
                $"'fastopen' has no effect on this host: net.ipv4.tcp_fastopen is {surroundings.FastOpen}, and servers need "
                + $"{surroundings.FastOpen | FastOpenOfServers}");
        }

        foreach (var port in entries)
        {
            if (Lack(port) is { } reason)
            {
                problems.Error(port.At, $"'{port.Entry}' is {port.Key.Transport.Noun}, which this system does not have: {reason}");
            }
        }

        RemarkForwards(entries);
        if (request.ToRun)
        {
            return;
        }

        RemarkInterfaces(daemon, entries);
        foreach (var port in entries.DistinctBy(port => port.Key.Transport))
        {
            if (Lack(port) is null && port.Key.Transport.Absence(request.Host.AbsenceOf) is { } absence)
            {
                problems.Warning(port.At, $"'{port.Entry}' cannot be served here: {absence}");
            }
        }

        if (!request.IsRoot && !surroundings.MayOpenRaw)
        {
            foreach (var port in entries.Where(port => port.Key.Transport.IsRaw))
            {
                problems.Warning(port.At, $"{port.Entry} is a raw socket and needs root or CAP_NET_RAW");
            }
        }

        if (!request.IsRoot && !surroundings.MayBindAny)
        {
            foreach (var port in entries)
            {
                if (FirstFreePort(port.Key.Transport) is { } first && port.Key.Number < first)
                {
                    problems.Warning(port.At, $"port {port.Key.Number} is below {first} and needs root or CAP_NET_BIND_SERVICE");
                }
            }
        }
    }

    /// <summary>Warns of wildcards that share their port with an address, where another program may take clients from them.</summary>
    /// <param name="ports">All sockets: of an entry that is a range, any may be such a one.</param>
    public void RemarkShared(IReadOnlyList<Port> ports)
    {
        if (request.Host.DoubtOfSharedPorts is { } doubt)
        {
            foreach (var port in ports.Where(port => port.SharesNumber && port.Key.Addresses.Any(HostAddress.IsEvery))
                .DistinctBy(port => port.Entry))
            {
                problems.Warning(port.At, $"'{port.Entry}' has a port of which another entry has one address: {doubt}");
            }
        }
    }

    /// <summary>Why the system never has such sockets; null: it has.</summary>
    private string? Lack(Port port) => request.Host.Absent.GetValueOrDefault(port.Key.Transport.AbsentKey());

    private uint? FirstFreePort(Transport transport) => transport.IsVsock ? VsockAddress.FirstFreePort
        : transport is { IsIp: true, IsRaw: false } ? (uint)surroundings.FirstFreePort
        : null;

    private void RemarkForwards(IReadOnlyList<Port> entries)
    {
        var lack = !surroundings.MayUseAnyAddress ? "root, CAP_NET_ADMIN or CAP_NET_RAW"
            : !surroundings.HasFixedPorts ? "1024 ports outside of net.ipv4.ip_local_port_range"
            : null;
        var ofConnections = entries.Where(port => !port.Key.Transport.IsDatagram).Select(port => port.Service);
        foreach (var service in lack is null ? [] : ofConnections.Where(service => service.Forward is { Transparent: true }).Distinct())
        {
            var message = $"'{ForwardKeys.Transparent.Name}' of '{service.Name}' needs {lack}, or it reaches no target";
            if (request.ToRun)
            {
                problems.Error(service.HandlerAt, message);
            }
            else
            {
                problems.Warning(service.HandlerAt, message);
            }
        }
    }

    private void RemarkInterfaces(DaemonSection daemon, IReadOnlyList<Port> entries)
    {
        var then = daemon.OnUnavailable == OnUnavailable.Skip
            ? "until it is there, the service fails"
            : "without it the daemon does not start";
        foreach (var port in entries)
        {
            if ((port.Key.Zone ?? port.Device) is { } name && names.InterfaceOf(name) == 0)
            {
                problems.Warning(port.At, $"this host has no network interface '{name}'; {then}");
            }
        }
    }
}
