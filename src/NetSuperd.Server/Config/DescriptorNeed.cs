using System.Globalization;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config;

/// <summary>How many descriptors a map needs, compared with the limit of the process (RLIMIT_NOFILE of getrlimit(2)).</summary>
/// <param name="Sockets">Listening and datagram sockets: a bare port is two, for IPv4 and IPv6.</param>
/// <param name="Pipes">Both ends of a pipe for the standard error of each service with a program.</param>
/// <param name="Threads">
/// The descriptors of the datagram threads: one thread for all built-ins, and one for each other service; and of the channel of each
/// datagram socket that a worker serves.
/// </param>
/// <param name="Processes">
/// The descriptors of each fork server, its socket and its process, and of each worker, which has two pipes as well.
/// </param>
/// <param name="Connections">
/// One for each connection, or its child, as many as the limits of the map allow, and another one where the daemon keeps the connection of
/// the child as well; null: the map sets no limit.
/// </param>
/// <param name="Logs">One for each child whose standard error has a pipe of its own.</param>
/// <param name="Sessions">A second one for each session of forwarded datagrams; null: the map sets no limit.</param>
public sealed record DescriptorNeed(
    long Sockets, long Pipes, long Threads, long Processes, long? Connections, long Logs, long? Sessions = 0)
{
    private const int LogShare = 16;

    // The descriptors of the runtime, the program's files, the log, the control socket, the watches of children and sockets, and the
    // reserve for the stop.
    private const long Own = 160;

    /// <summary>How many are needed before the first connection.</summary>
    public long AtStart => Own + Sockets + Pipes + Threads + Processes;

    /// <summary>How many are needed at most; null: the map sets no limit.</summary>
    public long? Most => AtStart + Connections + Logs + Sessions;

    /// <summary>The need of a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="builtins">The names of the built-in handlers, whose datagrams share a thread.</param>
    /// <param name="userId">The daemon's user.</param>
    public static DescriptorNeed Of(Map map, IReadOnlySet<string> builtins, uint userId)
    {
        var ports = map.Ports.Where(port => port.Service.Unavailable is null).ToList();
        var services = map.Services.Where(service => service is { Enabled: true, Unavailable: null }).ToList();
        var programs = services.Where(service => service.Program is not null).ToList();
        var logged = programs.Where(service => service.Program!.Stderr == ChildStderr.Log).ToList();
        var datagrams = ports.Where(port => port.HasDatagramHandler).ToList();
        var need = new DescriptorNeed(
            ports.Sum(SocketsOf),
            2 * logged.Count,
            (2 * datagrams.Select(port => ThreadOf(port.Service, builtins)).Distinct().Count())
                + datagrams.Where(port => port.Service is { Worker: not null, Forward: null }).Sum(SocketsOf),
            (2 * services.Select(service => service.Rights?.HasNoBounds(userId)).OfType<bool>().Distinct().Count())
                + (6 * services.Select(service => service.Worker?.Key).OfType<string>().Distinct().Count()),
            Least(map.Daemon.MaxConnections, MostOf(services))
                + Least(map.Daemon.MaxConnections, MostOf(programs.Where(service => service.Program!.Linger is not null))),
            0,
            Least(map.Daemon.MaxConnections, MostOf(datagrams.Select(port => port.Service).Where(service => service.Forward is not null))));
        return need with { Logs = Least(MostOf(logged), MostLogs(need.Most + (need.Most / (LogShare - 1)) ?? long.MaxValue)) ?? 0 };
    }

    /// <summary>
    /// How many children may have a pipe of their own for standard error with a given limit of descriptors: connections come first.
    /// </summary>
    internal static long MostLogs(long limit) => Math.Min(1024, limit / LogShare);

    /// <summary>Why a process with a given limit cannot serve the map; null: it can.</summary>
    /// <param name="available">The limit.</param>
    /// <param name="remedy">What an administrator does about it, <see cref="IOwnProcess.MoreDescriptors"/>.</param>
    public string? Complaint(long available, string remedy) => AtStart <= available ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"the map needs {AtStart} descriptors before the first connection, {Sockets} of them for sockets and {Pipes} for the standard "
        + $"error of children, but the process may have only {available}: {remedy}");

    /// <summary>The warning where there are not enough descriptors for all connections that the map allows; null: there are.</summary>
    /// <inheritdoc cref="Complaint"/>
    public string? Warning(long available, string remedy)
    {
        var room = Math.Max(0, available - AtStart - Math.Min(Logs, MostLogs(available)));
        return Connections > room && AtStart <= available ? string.Create(
            CultureInfo.InvariantCulture,
            $"the map allows {Connections} connections at once, but the process has descriptors for {room}: "
            + $"further clients wait in the backlog; {remedy}")
            : null;
    }

    /// <summary>Raises the limit of the process to what a map needs, where the process has the right to.</summary>
    /// <exception cref="CallException">It does not have the right.</exception>
    internal static void Allow(Map map, LoadRequest request)
    {
        var need = Of(map, request.Builtins, request.Host.Process.UserId);
        request.Host.Process.AllowDescriptors(need.AtStart, need.Most ?? need.AtStart);
    }

    private static long SocketsOf(Port port) => port.Key.IsBarePort && Socket.OSSupportsIPv6 ? port.Key.Addresses.Count : 1;

    private static string ThreadOf(Service service, IReadOnlySet<string> builtins) =>
        service.Worker is null && builtins.Contains(service.Handler!) ? "" : service.Name;

    private static long? MostOf(IEnumerable<Service> services) =>
        services.Select(service => service.Kind == ServiceKind.Server ? 1 : (long?)service.Admission.MaxConnections)
            .Aggregate((long?)0, (sum, limit) => sum + limit);

    private static long? Least(long? one, long? other) => one is null || other < one ? other : one;
}
