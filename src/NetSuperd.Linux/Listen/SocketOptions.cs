using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>Sets the options of a socket; a reload can change them on a socket that stays open.</summary>
/// <remarks>Options that a connection inherits from its listener (tcp(7)) are set here once, not for every connection.</remarks>
internal static class SocketOptions
{
    /// <summary>Sets the options of an entry.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="port">The entry of the map.</param>
    /// <param name="before">The entry by which the options were set before: options that only it has are set back.</param>
    /// <exception cref="SocketException">setsockopt(2) failed.</exception>
    /// <exception cref="CallException">setsockopt(2) failed for the network interface.</exception>
    public static void Apply(Socket socket, Port port, Port? before = null)
    {
        if (port.Key.Transport.IsIp)
        {
            ApplyIp(socket, port, before);
        }
        else if (port.Key.Transport.IsUnix)
        {
            // A handler gets none; a child may want them.
            SocketRights.Refuse(socket, refuses: port.Service.Program is null);
        }

        if (port.ReceiveBuffer is not null || before?.ReceiveBuffer is not null)
        {
            socket.ReceiveBufferSize = port.ReceiveBuffer ?? SystemDefault("rmem_default");
        }

        if (port.SendBuffer is not null || before?.SendBuffer is not null)
        {
            socket.SendBufferSize = port.SendBuffer ?? SystemDefault("wmem_default");
        }
    }

    private static void ApplyIp(Socket socket, Port port, Port? before)
    {
        if (port.Device is not null || before?.Device is not null)
        {
            SocketDevice.Bind(socket, port.Device ?? "");
        }

        if (port.FreeBind || before is { FreeBind: true })
        {
            ListenOptions.FreeBind(socket, port.FreeBind);
        }

        if (port.Transparent || before is { Transparent: true })
        {
            ListenOptions.Transparent(socket, port.Transparent);
        }

        ApplyToPackets(socket, port, before);
        if (port.Key.IsGroup || port.LeavesGroups || before is { LeavesGroups: true })
        {
            ListenOptions.EveryGroup(socket, value: !port.Key.IsGroup && !port.LeavesGroups);
        }

        if (port.Key.IsGroup)
        {
            ListenOptions.ShareAddress(socket, port.ReusePort);
        }

        if (port.Types is not null || before?.Types is not null)
        {
            IcmpOption.Set(socket, port.Types);
        }

        if (port.Key.Transport.IsTcp)
        {
            ApplyTcp(socket, port, before);
        }
    }

    /// <summary>The options of the packets that the socket and its connections send.</summary>
    private static void ApplyToPackets(Socket socket, Port port, Port? before)
    {
        if (port.Priority is null && before?.Priority is not null)
        {
            // The class gives the socket its priority, but only when the class changes (ip(7), IP_TOS).
            ListenOptions.Priority(socket, 0);
            ListenOptions.TypeOfService(socket, 0);
        }

        if (port.TypeOfService is not null || before?.TypeOfService is not null)
        {
            ListenOptions.TypeOfService(socket, port.TypeOfService ?? 0);
        }

        if (port.TimeToLive is not null || before?.TimeToLive is not null)
        {
            ListenOptions.TimeToLive(socket, port.TimeToLive);
        }

        if (port.Mark is not null || before?.Mark is not null)
        {
            ListenOptions.Mark(socket, port.Mark ?? 0);
        }

        if (port.Priority is { } priority)
        {
            ListenOptions.Priority(socket, priority);
        }
    }

    /// <summary>Joins the multicast group of a place, unless the socket is in it; nothing is done for another address.</summary>
    /// <exception cref="CallException">The interface is missing, or setsockopt(2) failed.</exception>
    public static void JoinGroup(Socket socket, SocketPlace place)
    {
        if (GroupOf(place) is var (group, device))
        {
            Memberships.Join(socket, group, device);
        }
    }

    /// <summary>The multicast group of a socket, and the network interface by which it is to be in it; null: it has none.</summary>
    /// <exception cref="CallException">There is no such interface, or no route to the group.</exception>
    /// <exception cref="SocketException">There is no descriptor to ask with.</exception>
    public static (IPAddress Group, uint Device)? GroupOf(SocketPlace place)
    {
        if (!place.Port.Key.IsGroup)
        {
            return null;
        }

        var device = place.Zone ?? place.Port.Device;
        var index = device is null ? Memberships.DeviceOf(place.Address!) : NetworkInterfaces.IndexOf(device);
        return index != 0 || device is null ? (place.Address!, index) : throw new CallException("setsockopt", device ?? "", Errno.ENODEV);
    }

    private static void ApplyTcp(Socket socket, Port port, Port? before)
    {
        socket.NoDelay = port.NoDelay;
        ApplyKeepAlive(socket, port.KeepAlive, before?.KeepAlive);
        if (port.DeferAccept is not null || before?.DeferAccept is not null)
        {
            ListenOptions.DeferAccept(socket, port.DeferAccept ?? TimeSpan.Zero);
        }

        if (port.FastOpen is not null || before?.FastOpen is not null)
        {
            ListenOptions.FastOpen(socket, port.FastOpen ?? 0);
        }

        if (port.Congestion is not null || before?.Congestion is not null)
        {
            ListenOptions.Congestion(socket, port.Congestion ?? Setting("net/ipv4/tcp_congestion_control"));
        }
    }

    private static void ApplyKeepAlive(Socket socket, KeepAlive value, KeepAlive? before)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, value.IsOn);
        if (value.Idle is not null || before?.Idle is not null)
        {
            Set(SocketOptionName.TcpKeepAliveTime, Seconds(value.Idle), "time");
        }

        if (value.Interval is not null || before?.Interval is not null)
        {
            Set(SocketOptionName.TcpKeepAliveInterval, Seconds(value.Interval), "intvl");
        }

        if (value.Probes is not null || before?.Probes is not null)
        {
            Set(SocketOptionName.TcpKeepAliveRetryCount, value.Probes, "probes");
        }

        void Set(SocketOptionName option, int? number, string setting) =>
            socket.SetSocketOption(SocketOptionLevel.Tcp, option, number ?? Number($"net/ipv4/tcp_keepalive_{setting}"));
    }

    private static int? Seconds(TimeSpan? time) => (int?)time?.TotalSeconds;

    /// <summary>
    /// The default size of a socket's buffers (socket(7)). The system adjusts the buffers of a TCP socket itself only if they were never
    /// set.
    /// </summary>
    private static int SystemDefault(string name) => Number($"net/core/{name}");

    private static int Number(string name) => int.Parse(Setting(name), CultureInfo.InvariantCulture);

    private static string Setting(string name) => File.ReadAllText($"/proc/sys/{name}").Trim();
}
