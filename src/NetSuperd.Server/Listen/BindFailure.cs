using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>A socket of the map that could not be bound.</summary>
/// <param name="Message">Address, reason, remedy, and the process that holds it where the system tells.</param>
/// <param name="IsPermission">Whether the daemon lacks a right (EACCES), which has an exit status of its own.</param>
public sealed record BindFailure(string Message, bool IsPermission)
{
    // Above it a priority needs a capability (socket(7), SO_PRIORITY).
    private const int MostFreePriority = 6;

    // The parts of the message; null in a failure that no place has.
    private SocketPlace? Place { get; init; }

    private string? Reason { get; init; }

    /// <summary>The failures, with one message for sockets of one entry that failed for the same reason.</summary>
    internal static IReadOnlyList<BindFailure> Join(IEnumerable<BindFailure> failures) =>
    [
        .. failures.GroupBy(failure => (failure.Place?.Row, failure.Reason, failure.IsPermission))
            .Select(group => group.Key.Row is null || group.Count() == 1 ? group.First() : group.First() with
            {
                Message = $"cannot bind {SocketPlace.TextOf([.. group.Select(failure => failure.Place!)])}: {group.First().Reason}",
            }),
    ];

    /// <summary>Makes the system calls of a bind.</summary>
    /// <returns>The failure, or null.</returns>
    internal static BindFailure? Catch(Host host, SocketPlace place, Action bind)
    {
        try
        {
            bind();
            return null;
        }
        catch (SocketException failure)
        {
            return Of(host, place, host.Sockets.ErrnoOf(failure));
        }
        catch (CallException failure)
        {
            return Of(host, place, failure.Errno);
        }
        catch (UntrustedPathException failure)
        {
            return Of(place, failure.Message, isPermission: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Of(host, place, Errno.EACCES, failure.Message);
        }
        catch (Exception failure)
        {
            // Any other failure concerns one socket only: the others are bound all the same, and the map applies as a whole.
            return Of(place, failure.Message, isPermission: false);
        }
    }

    internal static BindFailure Of(Host host, SocketPlace place, Errno errno, string? reason = null)
    {
        var port = place.Port;
        var remedy = errno switch
        {
            Errno.EACCES when FirstFreePort(host, port.Key.Transport) is { } first && port.Key.Number < first =>
                $"; ports below {first} need root or CAP_NET_BIND_SERVICE",
            Errno.EACCES => "; this user may not create a file in the folder",
            Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT or Errno.EAFNOSUPPORT or Errno.ENOPROTOOPT
                when port.Key.Transport.Absence(host.AbsenceOf) is { } absence => $"; {absence}",
            Errno.EOPNOTSUPP or Errno.ENOPROTOOPT when port.Key.Transport.IsIp =>
                $"; this kernel does not let {port.Key.Transport.Noun} have all options of the entry",
            Errno.ENOENT when port.Congestion is not null =>
                $"; the system has no congestion control '{port.Congestion}', see net.ipv4.tcp_available_congestion_control",
            Errno.EPERM when port.Key.Transport.IsRaw => "; raw sockets need root or CAP_NET_RAW",
            Errno.EPERM when PrivilegedOptionOf(port) is { } option => $"; the option {option} needs root or CAP_NET_ADMIN",
            Errno.EPERM when port.Device is not null => $"; the option device = \"{port.Device}\" needs root or CAP_NET_RAW",
            Errno.EPERM => "; only root may give a socket to another user",
            Errno.EADDRINUSE when port.Key.Transport.IsVsock =>
                "; another socket has the port, for this context identifier or for every one: end the process that has it, or choose "
                + "another port",
            Errno.EADDRINUSE when port.Key.Transport.IsIp => $"; {host.Sockets.HolderOf(place)}",
            Errno.EADDRINUSE when port.Key.Path!.StartsWith('/') && !host.Sockets.IsSocket(port.Key.Path) =>
                "; the path is that of a file, not of a socket: remove the file",
            Errno.EADDRINUSE => "; another process serves it: stop it or choose another path",
            Errno.EADDRNOTAVAIL when port.Key.Transport.IsVsock => "; this host does not have the context identifier",
            Errno.EADDRNOTAVAIL => "; no interface of this host has the address",
            Errno.ENOMEM when port.Filter is { } filter =>
                $"; the filter of {(port.Types is null ? "" : "types, ")}allow and deny has {filter.Length} instructions: "
                + "raise net.core.optmem_max or name fewer networks",
            Errno.ENODEV when (place.Zone ?? port.Device) is null =>
                "; no route leads to the multicast group: name its network interface with the option device",
            Errno.ENODEV => $"; there is no network interface '{place.Zone ?? port.Device}'",
            Errno.ENOENT => "; the folder does not exist",
            Errno.EMFILE => $"; {DescriptorReserve.Remedy(host.Process.DescriptorLimit)}",
            Errno.ENFILE => "; all processes together have reached fs.file-max",
            _ => "",
        };
        return Of(place, $"{reason ?? errno.Reason().ToLowerInvariant()}{remedy}", errno is Errno.EACCES or Errno.EPERM);
    }

    private static BindFailure Of(SocketPlace place, string reason, bool isPermission) =>
        new($"cannot bind {place.Local}: {reason}", isPermission) { Place = place, Reason = reason };

    private static string? PrivilegedOptionOf(Port port) =>
        port.Mark is not null ? $"mark = {port.Mark}"
        : port.Transparent ? "transparent = true"
        : port.Priority > MostFreePriority ? $"priority = {port.Priority}"

        // Only some algorithms need it (tcp(7), tcp_allowed_congestion_control).
        : port.Congestion is not null ? $"congestion = \"{port.Congestion}\""
        : null;

    private static uint? FirstFreePort(Host host, Transport transport) => transport.Family switch
    {
        TransportFamily.Ip => host.Sockets.FirstFreePort,
        TransportFamily.Unix => null,
        TransportFamily.Vsock => VsockAddress.FirstFreePort,
        var family => throw Transports.Unknown(family),
    };
}
