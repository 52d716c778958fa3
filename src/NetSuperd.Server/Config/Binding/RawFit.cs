using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Fits services to their raw sockets: these are off by default, and children may forge packets only with <c>forge</c>.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="host">What the system offers.</param>
/// <param name="daemon">Says whether the map may have raw sockets.</param>
/// <param name="isWhole">Whether every entry of <c>[ports]</c> is there; otherwise one that is missing may be raw.</param>
internal sealed class RawFit(Problems problems, Host host, DaemonSection daemon, bool isWhole)
{
    /// <summary>The service, marked where it has a raw socket.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="ports">Its sockets.</param>
    public Service Fit(Service service, Section<Service> section, IReadOnlyList<Port> ports)
    {
        var raw = ports.Where(port => port.Key.Transport.IsRaw).ToList();

        // A system that has none says so at each (HostRemarks).
        foreach (var port in raw.Where(port => !host.Absent.ContainsKey(port.Key.Transport.AbsentKey())))
        {
            CheckPort(service, port);
        }

        if (service.Program is not { } program)
        {
            return service;
        }

        if (raw.Count > 0 && program is { Forge: false, NoNewPrivs: false })
        {
            problems.Error(
                section.At(ServiceKeys.NoNewPrivs) ?? service.At,
                $"'{service.Name}' has a raw socket, and without no_new_privs = true the system does not accept the filter that keeps its "
                + "children from forging packets; remove no_new_privs = false, or set forge = true");
        }

        if (raw.Count == 0 && service.Enabled && isWhole && program.Forge && section.Find(ServiceKeys.Forge.Name) is { } forge)
        {
            problems.Error(forge.KeyAt, $"'forge' is for a service with a raw socket, and '{service.Name}' has none: remove it");
        }

        return raw.Count == 0 ? service : service with { Program = program with { HasRawSocket = true } };
    }

    /// <summary>The numbers of the types of ICMP of an entry; null: it names none, or wrongly.</summary>
    public static ImmutableArray<int>? TypesOf(Problems problems, PortKey key, Section<Port> section)
    {
        if (!key.Transport.IsRaw || !section.TryGet(PortKeys.Types, out var texts))
        {
            return null;
        }

        if (key.Number is not (RawProtocol.Icmp or RawProtocol.Icmp6))
        {
            problems.Error(
                section.Find(PortKeys.Types.Name)!.KeyAt,
                $"'types' is for ICMP, \"icmp/raw\" or \"ipv6-icmp/raw\"; '{key}' has another protocol");
            return null;
        }

        var items = ((ArrayNode)section.Node(PortKeys.Types)!).Items;
        var found = texts.Select(text => IcmpType.Find((int)key.Number, text)).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i] is null)
            {
                var (own, other) = key.Number == RawProtocol.Icmp ? ("IPv4", "IPv6") : ("IPv6", "IPv4");
                problems.Error(
                    items[i].At,
                    $"ICMP of {own} has no type '{texts[i]}', only that of {other} has"
                    + Suggestion.For(texts[i], IcmpType.NamesOf((int)key.Number)));
            }
        }

        return found.Contains(null) ? null : [.. found.Select(type => type!.Value).Distinct().Order()];
    }

    private void CheckPort(Service service, Port port)
    {
        if (!daemon.RawSockets)
        {
            problems.Error(
                port.At,
                $"{port.Entry} is a raw socket, which reads and sends the packets of a whole protocol; raw_sockets = true in [daemon] "
                + "allows such sockets");
        }

        if (port.Key.Number == RawProtocol.Headers && service.Program is not { Forge: true })
        {
            problems.Error(
                port.At,
                $"a socket of protocol {RawProtocol.Headers} sends headers that the program has written, so it is for a program with "
                + "forge = true only");
        }

        if ((port with { Service = service }).Filter is { Length: > SocketFilter.MostInstructions and var length })
        {
            problems.Error(
                port.At,
                $"the filter of types, allow and deny needs {length} instructions of the {SocketFilter.MostInstructions} that the kernel "
                + "takes: name fewer networks");
        }
    }
}
