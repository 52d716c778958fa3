using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>
/// The multicast groups that a datagram socket has joined (ip(7), ipv6(7)): every sender to the group would reach the service.
/// </summary>
/// <remarks>
/// No call lists the groups of a socket. <c>/proc</c> has those of the host (proc_pid_net(5)), and leaving a group that the socket is not
/// in has no effect.
/// </remarks>
internal static class Memberships
{
    // struct group_req of netinet/in.h: the interface, and a sockaddr_storage as its alignment demands.
    private const int GroupAt = 8;
    private const int SizeOfRequest = GroupAt + Libc.SizeOfAnyAddress;

    /// <summary>Leaves them all.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Leave(Socket socket)
    {
        var left = false;
        foreach (var (device, group) in socket.AddressFamily == AddressFamily.InterNetwork ? OfIPv4() : OfIPv6())
        {
            left |= Leave(socket, device, group);
        }

        return left;
    }

    private static unsafe bool Leave(Socket socket, uint device, ReadOnlySpan<byte> group)
    {
        var isIPv4 = socket.AddressFamily == AddressFamily.InterNetwork;
        Span<byte> request = stackalloc byte[SizeOfRequest];
        request.Clear();
        MemoryMarshal.Write(request, device);
        MemoryMarshal.Write(request[GroupAt..], (ushort)(isIPv4 ? Libc.AF_INET : Libc.AF_INET6));
        group.CopyTo(request[(GroupAt + (isIPv4 ? SocketName.OffsetOfAddress : SocketName.OffsetOfAddress6))..]);
        fixed (byte* start = request)
        {
            return Libc.setsockopt(
                socket.SafeHandle, isIPv4 ? Libc.IPPROTO_IP : Libc.IPPROTO_IPV6, Libc.MCAST_LEAVE_GROUP, start, SizeOfRequest) == 0;
        }
    }

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
