using System.Globalization;
using System.Net.Sockets;
using NetSuperd.Native;

namespace NetSuperd.Server.Config;

/// <summary>How many descriptors a map takes of those that the process may have (RLIMIT_NOFILE of getrlimit(2)).</summary>
/// <param name="Sockets">Listening and datagram sockets: a bare port is two, for IPv4 and IPv6.</param>
/// <param name="Pipes">Both ends of a pipe for the standard error of each service with a program.</param>
/// <param name="Threads">What the thread of each service with a handler of datagrams waits with.</param>
/// <param name="Connections">One for each connection, as many as the limits of the map allow; null: the map sets no limit.</param>
public sealed record DescriptorNeed(long Sockets, long Pipes, long Threads, long? Connections)
{
    // The runtime with the files of the program, the log, the control socket, what watches children and sockets, what is kept for the stop.
    private const long Own = 160;

    /// <summary>How many there are before the first connection.</summary>
    public long AtRest => Own + Sockets + Pipes + Threads;

    /// <summary>How many there are at most; null: the map sets no limit.</summary>
    public long? Most => AtRest + Connections;

    /// <summary>The need of a map.</summary>
    public static DescriptorNeed Of(Map map)
    {
        var anywhere = Socket.OSSupportsIPv6 ? 2 : 1;
        var ports = map.Ports.Where(port => port.Service.Unavailable is null).ToList();
        var services = map.Services.Where(service => service is { Enabled: true, Unavailable: null }).ToList();
        var most = services.Select(service => (long?)service.Admission.MaxConnections).Aggregate((long?)0, (sum, limit) => sum + limit);
        return new DescriptorNeed(
            ports.Sum(port => port.Key is { Path: null, Address: null } ? anywhere : 1),
            2 * services.Count(service => service.Program is { Stderr: ChildStderr.Log }),
            2 * ports.Where(port => port.Service.Handler is not null && port.Key.Transport is Transport.Udp or Transport.UnixDatagram)
                .Select(port => port.Service.Name).Distinct().Count(),
            map.Daemon.MaxConnections is { } all ? Math.Min(all, most ?? all) : most);
    }

    /// <summary>Why the map cannot be served by a process that may have so many; null: it can.</summary>
    public string? Complaint(long available) => AtRest <= available ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"the map needs {AtRest} descriptors before the first connection comes, {Sockets} of them for sockets and {Pipes} for the standard error of children, and the process may have {available}: {Remedy}");

    /// <summary>What is to be said where not all the connections that the map allows have a descriptor; null: they have.</summary>
    public string? Warning(long available) => Most is { } most && most > available && AtRest <= available ? string.Create(
        CultureInfo.InvariantCulture,
        $"the map allows {Connections} connections at once, and the process has descriptors for {available - AtRest}: further clients wait in the backlog; {Remedy}")
        : null;

    /// <summary>Has the process be allowed what the map needs, where it has the right to it.</summary>
    /// <exception cref="LibcException">It has not.</exception>
    internal void Allow() => Descriptors.Allow(AtRest, Most ?? AtRest);

    private const string Remedy = "raise the limit (LimitNOFILE= in the unit, ulimit -n)";
}
