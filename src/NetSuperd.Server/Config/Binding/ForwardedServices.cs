using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Finds the sockets of the services that forwards name (<c>service:NAME</c>). A worker connects to the socket as any client does, so that
/// everything which holds for the service holds for it too, and a child of it is started when it is needed.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="ports">The sockets of the map, with the services that answer.</param>
/// <param name="hasErrors">Whether a service or its sockets may be missing because of an error in them.</param>
/// <param name="ownUser">The user of the daemon: the owner of a unix socket whose entry names none.</param>
internal sealed class ForwardedServices(Problems problems, IReadOnlyList<Port> ports, Func<string, bool> hasErrors, uint ownUser)
{
    /// <summary>The service, with the sockets of those that it names.</summary>
    /// <param name="service">A service of the map.</param>
    /// <param name="all">All services by their names.</param>
    public Service Resolve(Service service, IReadOnlyDictionary<string, Service> all)
    {
        if (service is not { Enabled: true, Forward: { } plan } || plan.Targets.All(target => target.Service is null))
        {
            return service;
        }

        var targets = plan.Targets.Select(target => target.Service is { } name ? Resolve(service, target, name, all) : target);
        return service with { Forward = plan with { Targets = [.. targets] } };
    }

    private ForwardTarget Resolve(Service by, ForwardTarget target, string name, IReadOnlyDictionary<string, Service> all)
    {
        var streams = ports.Where(port => port.Service.Name == name && EndOf(port.Key) is not null).ToList();
        var problem = !all.TryGetValue(name, out var service) && streams.Count == 0
            ? $"there is no service '{name}'{Suggestion.For(name, all.Keys)}"
            : service is { Enabled: false } ? $"'{name}' is switched off"
            : streams.Count == 0 ? $"'{name}' has no socket in [ports] to which '{by.Name}' could connect; add one of TCP, or a unix "
                + $"socket such as \"/run/{name}.sock\" = \"{name}\""
            : null;

        // A program may take the header itself, but not where the daemon takes it at another socket.
        var takers = by.Forward!.SendProxy is null ? [] : streams.FindAll(port => port.Trusted is not null);
        streams = takers is [] ? streams : takers;
        var reachable = streams.Find(port => Obstacle(by, port) is null);
        problem ??= reachable is null ? Obstacle(by, streams[0]) : null;
        if (problem is not null && !(streams.Count == 0 && hasErrors(name)))
        {
            problems.Error(by.HandlerAt, $"'{by.Name}' forwards to {target}: {problem}");
        }

        return reachable is null ? target : target with { End = EndOf(reachable.Key)! };
    }

    /// <summary>Why the worker of a service cannot use a socket; null: it can.</summary>
    private string? Obstacle(Service by, Port port)
    {
        var (header, rights) = (by.Forward!.SendProxy, by.Worker?.Rights);
        if (port.Trusted is not null && header is null)
        {
            return $"{port.Entry} takes a PROXY header before anything else; add send_proxy = 2";
        }

        if (port is { Trusted: null, Service.Handler: not null } && header is not null)
        {
            return $"{port.Entry} does not take the PROXY header of 'send_proxy', which '{port.Service.Name}' would get as the client's "
                + $"bytes; add proxy_protocol = \"required\" and trusted = [\"{OwnEnd(by, port)}\"] to it, or remove 'send_proxy'";
        }

        if (port.Trusted is { } trusted && !trusted.Any(rule => IsFor(rule, by, port)))
        {
            return $"'trusted' of {port.Entry} does not have the worker of '{by.Name}', whose header would be refused; "
                + $"add \"{OwnEnd(by, port)}\" to it";
        }

        return port.Key.Path is not ['/', ..] || rights is null || IsOpenTo(port, rights) ? null
            : $"{port.Entry} is closed to '{rights.User.Name}', the user of its worker; write "
                + $"\"{port.Entry}\" = {{ service = \"{port.Service.Name}\", owner = \"{rights.User.Name}\" }}";
    }

    /// <summary>Whether a rule is for the worker of a service, as the client of a socket.</summary>
    private bool IsFor(PeerRule rule, Service by, Port port) => EndOf(port.Key) is IPEndPoint
        ? rule.Network is { } network && network.Contains(AddressOf(by, port))
        : rule.UserId == UserOf(by) || (rule.GroupId is { } group && by.Worker?.Rights is { } rights
            && (rights.Group == group || rights.Groups.Ids.Contains(group)));

    /// <summary>The worker of a service, as the client of a socket, in the notation of <c>trusted</c>.</summary>
    private string OwnEnd(Service by, Port port) => EndOf(port.Key) is IPEndPoint ? $"{AddressOf(by, port)}" : $"uid:{UserOf(by)}";

    // To an address of this host the system connects from that address.
    private static IPAddress AddressOf(Service by, Port port) => by.Forward!.Source ?? ((IPEndPoint)EndOf(port.Key)!).Address;

    private uint UserOf(Service by) => by.Worker?.Rights?.User.UserId ?? ownUser;

    private bool IsOpenTo(Port port, ChildProgram rights) => rights.User.UserId == 0
        || ((port.Owner ?? ownUser) == rights.User.UserId && port.Mode.HasFlag(UnixFileMode.UserWrite))
        || (port.Group == rights.Group && port.Mode.HasFlag(UnixFileMode.GroupWrite))
        || port.Mode.HasFlag(UnixFileMode.OtherWrite);

    /// <summary>What a worker connects to; null: it cannot.</summary>
    private static EndPoint? EndOf(PortKey key) => key switch
    {
        _ when !key.Transport.IsStream || key.IsGroup || key.Zone is not null => null,
        _ when key.Transport.IsIp && (PortKeys.ScopeOf(key) & Scope.Tcp) == 0 => null,
        { Path: ['@', .. var name] } => new UnixDomainSocketEndPoint($"\0{name}"),
        { Path: { } path } => new UnixDomainSocketEndPoint(path),
        { Addresses: [var first, ..] } => new IPEndPoint(
            !HostAddress.IsEvery(first) ? first
            : first.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback,
            (int)key.Number),
        _ => null,
    };
}
