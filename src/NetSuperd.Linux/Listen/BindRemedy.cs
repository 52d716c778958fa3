using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>What to do about a socket that could not be bound, where that is a matter of Linux.</summary>
internal static class BindRemedy
{
    // Above it a priority needs a capability (socket(7), SO_PRIORITY).
    private const int MostFreePriority = 6;

    private static uint FirstFreeIpPort
    {
        get
        {
            const string Setting = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
            return File.Exists(Setting) && uint.TryParse(File.ReadAllText(Setting), out var start) ? start : 1024;
        }
    }

    /// <summary>What to do; null: the reason says it.</summary>
    public static string? Of(SocketPlace place, Errno errno)
    {
        var port = place.Port;
        return errno switch
        {
            Errno.EACCES when FirstFreePort(port.Key.Transport) is { } first && port.Key.Number < first =>
                $"ports below {first} need root or CAP_NET_BIND_SERVICE",
            Errno.EACCES => "this user may not create a file in the folder",
            Errno.EOPNOTSUPP or Errno.ENOPROTOOPT when port.Key.Transport.IsIp =>
                $"this kernel does not let {port.Key.Transport.Noun} have all options of the entry",
            Errno.ENOENT when port.Congestion is not null =>
                $"the system has no congestion control '{port.Congestion}', see net.ipv4.tcp_available_congestion_control",
            Errno.EPERM when port.Key.Transport.IsRaw => "raw sockets need root or CAP_NET_RAW",
            Errno.EPERM when PrivilegedOptionOf(port) is { } option => $"the option {option} needs root or CAP_NET_ADMIN",
            Errno.EPERM when port.Device is not null => $"the option device = \"{port.Device}\" needs root or CAP_NET_RAW",
            Errno.EPERM => "only root may give a socket to another user",
            Errno.EADDRINUSE when port.Key.Transport.IsVsock =>
                "another socket has the port, for this context identifier or for every one: end the process that has it, or choose another "
                + "port",
            Errno.EADDRINUSE when port.Key.Path!.StartsWith('/') && FileStatus.Of(port.Key.Path) is not { Type: FileType.Socket } =>
                "the path is that of a file, not of a socket: remove the file",
            Errno.EADDRINUSE => "another process serves it: stop it or choose another path",
            Errno.EADDRNOTAVAIL when port.Key.Transport.IsVsock => "this host does not have the context identifier",
            Errno.EADDRNOTAVAIL => "no interface of this host has the address",
            Errno.ENOMEM when port.Filter is { } filter =>
                $"the filter of {(port.Types is null ? "" : "types, ")}allow and deny has {filter.Length} instructions: "
                + "raise net.core.optmem_max or name fewer networks",
            Errno.ENODEV => "no route leads to the multicast group: name its network interface with the option device",
            Errno.ENOENT => "the folder does not exist",
            Errno.ENFILE => "all processes together have reached fs.file-max",
            _ => null,
        };
    }

    private static string? PrivilegedOptionOf(Port port) =>
        port.Mark is not null ? $"mark = {port.Mark}"
        : port.Transparent ? "transparent = true"
        : port.Priority > MostFreePriority ? $"priority = {port.Priority}"

        // Only some algorithms need it (tcp(7), tcp_allowed_congestion_control).
        : port.Congestion is not null ? $"congestion = \"{port.Congestion}\""
        : null;

    private static uint? FirstFreePort(Transport transport) => transport.Family switch
    {
        TransportFamily.Ip => FirstFreeIpPort,
        TransportFamily.Unix => null,
        TransportFamily.Vsock => VsockAddress.FirstFreePort,
        var family => throw Transports.Unknown(family),
    };
}
