using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// The multicast groups that a datagram socket has joined (ip(7), ipv6(7)): every sender to the group would reach the service.
/// </summary>
/// <remarks>
/// No call lists the groups of a socket. <c>/proc</c> has those of the host (proc_pid_net(5)), and the system tells of each whether the
/// socket is in it. A membership is that of one network interface by its number, and does not return with an interface of the same name.
/// </remarks>
public static class Memberships
{
    // struct group_req and struct group_filter of netinet/in.h: the interface, and a sockaddr_storage as its alignment demands; the filter
    // has its mode and its number of sources behind it.
    private const int GroupAt = 8;
    private const int SizeOfRequest = GroupAt + Libc.SizeOfAnyAddress;
    private const int SizeOfFilter = SizeOfRequest + (2 * sizeof(int));

    /// <summary>The number of the network interface that the system chooses for a group by its routes.</summary>
    /// <exception cref="CallException">setsockopt(2) failed; ENODEV: there is no route to the group.</exception>
    /// <exception cref="SocketException">There is no descriptor for a socket to ask with.</exception>
    public static uint DeviceOf(IPAddress group)
    {
        var bytes = group.GetAddressBytes();
        using var probe = new Socket(group.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        return Request(probe, Libc.MCAST_JOIN_GROUP, 0, bytes)
            ? Of(probe, bytes).FirstOrDefault()
            : throw Libc.Failure("setsockopt", $"MCAST_JOIN_GROUP, {group}");
    }

    /// <summary>Joins a group by an interface, unless the socket is in it already, and leaves it by every other.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="group">The group.</param>
    /// <param name="device">The number of the network interface.</param>
    /// <exception cref="CallException">setsockopt(2) failed; ENODEV: there is no such interface.</exception>
    public static void Join(Socket socket, IPAddress group, uint device)
    {
        var bytes = group.GetAddressBytes();
        var own = Of(socket, bytes).ToList();
        if (own is [var only] && only == device)
        {
            return;
        }

        // Those of other interfaces, and those of interfaces that have vanished.
        own.ForEach(found => Request(socket, Libc.MCAST_LEAVE_GROUP, found, bytes));
        while (Request(socket, Libc.MCAST_LEAVE_GROUP, 0, bytes))
        {
        }

        if (!Request(socket, Libc.MCAST_JOIN_GROUP, device, bytes))
        {
            throw Libc.Failure("setsockopt", $"MCAST_JOIN_GROUP, {group}");
        }
    }

    /// <summary>Leaves every group that is not the socket's own, and its own where a child has set a filter of senders.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="own">Its own group, and the interface by which it is in it; null: it has none.</param>
    /// <returns>Whether there were any, or the socket is not in its own group.</returns>
    internal static bool LeaveOthers(Socket socket, (IPAddress Group, uint Device)? own)
    {
        var group = own?.Group.GetAddressBytes();
        var (left, isIn) = (false, own is null);
        foreach (var (device, found) in OfHost(socket))
        {
            if (own?.Device == device && found.AsSpan().SequenceEqual(group) && IsIn(socket, device, found, isForAll: true))
            {
                isIn = true;
            }
            else
            {
                left |= Request(socket, Libc.MCAST_LEAVE_GROUP, device, found);
            }
        }

        return left || !isIn;
    }

    /// <summary>The interfaces by which the socket is in a group.</summary>
    private static IEnumerable<uint> Of(Socket socket, byte[] group) => OfHost(socket)
        .Where(found => found.Group.AsSpan().SequenceEqual(group) && IsIn(socket, found.Device, group)).Select(found => found.Device);

    /// <summary>Whether the socket is in a group by an interface.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="device">The interface.</param>
    /// <param name="group">The group.</param>
    /// <param name="isForAll">Whether it must hear every sender.</param>
    private static unsafe bool IsIn(Socket socket, uint device, ReadOnlySpan<byte> group, bool isForAll = false)
    {
        Span<byte> filter = stackalloc byte[SizeOfFilter];
        Write(filter, socket, device, group);
        var length = (uint)SizeOfFilter;
        fixed (byte* start = filter)
        {
            if (Libc.getsockopt(socket.SafeHandle, LevelOf(socket), Libc.MCAST_MSFILTER, start, &length) < 0)
            {
                return false;
            }
        }

        // The mode that excludes senders, and none of them (RFC 3678).
        return !isForAll || (MemoryMarshal.Read<int>(filter[SizeOfRequest..]) == 0
            && MemoryMarshal.Read<int>(filter[(SizeOfRequest + sizeof(int))..]) == 0);
    }

    private static unsafe bool Request(Socket socket, int option, uint device, ReadOnlySpan<byte> group)
    {
        Span<byte> request = stackalloc byte[SizeOfRequest];
        Write(request, socket, device, group);
        fixed (byte* start = request)
        {
            return Libc.setsockopt(socket.SafeHandle, LevelOf(socket), option, start, SizeOfRequest) == 0;
        }
    }

    private static void Write(Span<byte> request, Socket socket, uint device, ReadOnlySpan<byte> group)
    {
        var isIPv4 = socket.AddressFamily == AddressFamily.InterNetwork;
        request.Clear();
        MemoryMarshal.Write(request, device);
        MemoryMarshal.Write(request[GroupAt..], (ushort)(isIPv4 ? Libc.AF_INET : Libc.AF_INET6));
        group.CopyTo(request[(GroupAt + (isIPv4 ? SocketName.OffsetOfAddress : SocketName.OffsetOfAddress6))..]);
    }

    private static int LevelOf(Socket socket) => socket.AddressFamily == AddressFamily.InterNetwork ? Libc.IPPROTO_IP : Libc.IPPROTO_IPV6;

    private static IEnumerable<(uint Device, byte[] Group)> OfHost(Socket socket) =>
        socket.AddressFamily == AddressFamily.InterNetwork ? OfIPv4() : OfIPv6();

    // A line with the interface's number first, then one for each of its groups: the four bytes as a number of this machine.
    private static IEnumerable<(uint Device, byte[] Group)> OfIPv4()
    {
        var device = 0U;
        foreach (var line in Lines("/proc/net/igmp"))
        {
            var word = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            if (line is [>= '0' and <= '9', ..])
            {
                _ = uint.TryParse(word, CultureInfo.InvariantCulture, out device);
            }
            else if (uint.TryParse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var group))
            {
                yield return (device, BitConverter.GetBytes(group));
            }
        }
    }

    // The interface's number and name, and the sixteen bytes.
    private static IEnumerable<(uint Device, byte[] Group)> OfIPv6()
    {
        const int Digits = 32;
        foreach (var line in Lines("/proc/net/igmp6"))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var device, _, { Length: Digits } group, ..]
                && uint.TryParse(device, CultureInfo.InvariantCulture, out var number))
            {
                yield return (number, Convert.FromHexString(group));
            }
        }
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            // Without /proc or IPv6 none can be listed.
            return [];
        }
    }
}
