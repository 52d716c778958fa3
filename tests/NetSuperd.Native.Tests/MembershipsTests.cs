using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>The group of a datagram socket, joined on the loopback interface, which has the number 1.</summary>
public sealed class MembershipsTests
{
    private const uint Loopback = 1;

    public static TheoryData<string, string> Groups => new() { { "239.1.2.3", "239.1.2.4" }, { "ff05::1234", "ff02::1235" } };

    [Theory]
    [MemberData(nameof(Groups))]
    public void Join_Again_IsOneMembership(string group, string other)
    {
        using var socket = Bound(group);
        Memberships.Join(socket, IPAddress.Parse(group), Loopback);
        Memberships.Join(socket, IPAddress.Parse(group), Loopback);

        Option(socket, SocketOptionName.DropMembership, group);
        Assert.Throws<SocketException>(() => Option(socket, SocketOptionName.DropMembership, group));
        Assert.Throws<SocketException>(() => Option(socket, SocketOptionName.DropMembership, other));
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void Join_ByAnInterfaceThatDoesNotExist_IsAnError(string group, string other)
    {
        using var socket = Bound(group);

        Assert.Equal(Errno.ENODEV, Assert.Throws<CallException>(() => Memberships.Join(socket, IPAddress.Parse(group), 654_321)).Errno);
        Assert.NotEqual(group, other);
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void LeaveOthers_OnlyTheOwnGroup_LeavesNothing(string group, string other)
    {
        using var socket = Bound(group);
        Memberships.Join(socket, IPAddress.Parse(group), Loopback);

        Assert.False(Memberships.LeaveOthers(socket, (IPAddress.Parse(group), Loopback)));
        Option(socket, SocketOptionName.AddMembership, other);
        Assert.True(Memberships.LeaveOthers(socket, (IPAddress.Parse(group), Loopback)));

        Option(socket, SocketOptionName.DropMembership, group);
        Assert.Throws<SocketException>(() => Option(socket, SocketOptionName.DropMembership, other));
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void LeaveOthers_TheOwnGroupByAnotherInterface_LeavesIt(string group, string other)
    {
        using var socket = Bound(group);
        Memberships.Join(socket, IPAddress.Parse(group), Loopback);

        Assert.True(Memberships.LeaveOthers(socket, (IPAddress.Parse(group), Loopback + 1)));
        Assert.Throws<SocketException>(() => Option(socket, SocketOptionName.DropMembership, group));
        Assert.NotEqual(group, other);
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void LeaveOthers_AChildHasLeftTheOwnGroup_TellsSo(string group, string other)
    {
        using var socket = Bound(group);
        Memberships.Join(socket, IPAddress.Parse(group), Loopback);
        Option(socket, SocketOptionName.DropMembership, group);

        Assert.True(Memberships.LeaveOthers(socket, (IPAddress.Parse(group), Loopback)));
        Assert.NotEqual(group, other);
    }

    [Fact]
    public void LeaveOthers_AChildHasBlockedASender_LeavesTheOwnGroupToo()
    {
        const string Group = "239.1.2.3";
        using var socket = Bound(Group);
        Memberships.Join(socket, IPAddress.Parse(Group), Loopback);

        // struct ip_mreq_source of netinet/in.h, IP_BLOCK_SOURCE 38.
        byte[] request = [.. IPAddress.Parse(Group).GetAddressBytes(), 127, 0, 0, 1, 127, 0, 0, 9];
        socket.SetRawSocketOption(Libc.IPPROTO_IP, 38, request);

        Assert.True(Memberships.LeaveOthers(socket, (IPAddress.Parse(Group), Loopback)));
        Assert.Throws<SocketException>(() => Option(socket, SocketOptionName.DropMembership, Group));
    }

    private static Socket Bound(string group)
    {
        var address = IPAddress.Parse(group);
        Assert.SkipUnless(Socket.OSSupportsIPv6 || address.AddressFamily == AddressFamily.InterNetwork, "no IPv6");
        return new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
    }

    private static void Option(Socket socket, SocketOptionName option, string group)
    {
        var address = IPAddress.Parse(group);
        socket.SetSocketOption(
            address.AddressFamily == AddressFamily.InterNetwork ? SocketOptionLevel.IP : SocketOptionLevel.IPv6,
            option,
            address.AddressFamily == AddressFamily.InterNetwork
                ? new MulticastOption(address, (int)Loopback)
                : new IPv6MulticastOption(address, Loopback));
    }
}
