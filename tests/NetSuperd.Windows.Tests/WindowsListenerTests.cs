using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

public sealed class WindowsListenerTests() : SystemTests(WindowsSystem.Instance)
{
    [Theory]
    [InlineData(SocketType.Stream, "0.0.0.0", "0.0.0.0")]
    [InlineData(SocketType.Stream, "127.0.0.1", "127.0.0.1")]
    [InlineData(SocketType.Stream, "0.0.0.0", "127.0.0.1")]
    [InlineData(SocketType.Stream, "::", "::")]
    [InlineData(SocketType.Dgram, "127.0.0.1", "127.0.0.1")]
    [InlineData(SocketType.Dgram, "0.0.0.0", "127.0.0.1")]
    public void Bind_APort_NoOtherProgramTakesIt(SocketType type, string address, string other)
    {
        var first = Bind(type, address, 0);
        var port = ((IPEndPoint)first.LocalEndPoint!).Port;

        Assert.Equal(("bind", Errno.EADDRINUSE), Refused(() => Bind(type, other, port)));

        // Nor one that means to share it.
        using var thief = new Socket(first.AddressFamily, type, ProtocolType.Unspecified);
        thief.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        var refused = Assert.Throws<SocketException>(() => thief.Bind(new IPEndPoint(IPAddress.Parse(other), port)));
        Assert.Equal(Errno.EADDRINUSE, WinsockError.OfBind(refused.SocketErrorCode));
    }

    [Theory]
    [InlineData(SocketType.Stream)]
    [InlineData(SocketType.Dgram)]
    public void Bind_BothFamilies_ShareAPort(SocketType type)
    {
        var first = Bind(type, "0.0.0.0", 0);

        Assert.False(Bind(type, "::", ((IPEndPoint)first.LocalEndPoint!).Port).DualMode);
    }

    [Fact(Skip = "Wine has no wildcard beside an exclusive address", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Bind_AnAddressAndThenTheWildcardPlainly_ShareAPort()
    {
        var first = Bind(SocketType.Stream, "127.0.0.1", 0);
        WindowsListener.Listen(first, 8);

        WindowsListener.Listen(Bind(SocketType.Stream, "0.0.0.0", ((IPEndPoint)first.LocalEndPoint!).Port, isExclusive: false), 8);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(200, 200)]
    [InlineData(201, -201)]
    [InlineData(4096, -4096)]
    public void Hint_OfABacklog_PassesThePlainLimit(int backlog, int passed) => Assert.Equal(passed, WindowsListener.Hint(backlog));

    [Fact]
    public void Bind_AnAddressOfAnotherHost_SaysSo() =>
        Assert.Equal(("bind", Errno.EADDRNOTAVAIL), Refused(() => Bind(SocketType.Stream, "203.0.113.7", 0)));

    [Fact]
    public void Bind_Options_AreSetAndPassedOn()
    {
        var listener = Keep(WindowsListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), SocketType.Stream, new WindowsListenOptions
        {
            NoDelay = true,
            KeepAlive = true,
            HopLimit = 9,
            ReceiveBuffer = 20_000,
            SendBuffer = 30_000,
        }));
        WindowsListener.Listen(listener, 8);

        Assert.True(listener.NoDelay);
        Assert.Equal(9, listener.Ttl);
        Assert.NotEqual(0, listener.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.True(listener.ReceiveBufferSize >= 20_000);
        Assert.True(listener.SendBufferSize >= 30_000);
        Assert.True(listener.ExclusiveAddressUse);
        Assert.False(listener.Blocking);
    }

    [Fact(Skip = "Wine has no TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Bind_TimesOfKeepAlive_AreSet()
    {
        var listener = Keep(WindowsListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), SocketType.Stream, new WindowsListenOptions
        {
            KeepAlive = true,
            KeepAliveIdle = TimeSpan.FromSeconds(77),
            KeepAliveInterval = TimeSpan.FromSeconds(7),
            KeepAliveProbes = 3,
        }));

        Assert.Equal(77, listener.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.Equal(7, listener.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
        Assert.Equal(3, listener.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));
    }

    [Fact]
    public void Bind_AHopLimitOfIPv6_IsSet()
    {
        var socket = Keep(WindowsListener.Bind(
            new IPEndPoint(IPAddress.IPv6Loopback, 0), SocketType.Dgram, new WindowsListenOptions { HopLimit = 9 }));

        var hops = new byte[sizeof(int)];
        socket.GetRawSocketOption(Ws2.IPPROTO_IPV6, Ws2.IPV6_UNICAST_HOPS, hops);
        Assert.Equal(9, BitConverter.ToInt32(hops));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, SocketType.Stream)]
    [InlineData(AddressFamily.InterNetworkV6, SocketType.Dgram)]
    public void Apply_WithoutTheOptionsOfBefore_SetsThemBack(AddressFamily family, SocketType type)
    {
        var none = new WindowsListenOptions();
        var all = new WindowsListenOptions { HopLimit = 9, ReceiveBuffer = 20_000, SendBuffer = 30_000 };
        var address = family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        var socket = Keep(WindowsListener.Bind(new IPEndPoint(address, 0), type, all));
        using var fresh = new Socket(family, type, ProtocolType.Unspecified);
        Assert.NotEqual(Options(fresh), Options(socket));

        WindowsListener.Apply(socket, none, before: all);

        Assert.Equal(Options(fresh), Options(socket));
    }

    [Fact(Skip = "Wine has no TCP_KEEPIDLE", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Apply_WithoutATimeOfKeepAlive_SetsItBack()
    {
        var before = new WindowsListenOptions { KeepAlive = true, KeepAliveIdle = TimeSpan.FromSeconds(77) };
        var listener = Keep(WindowsListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), SocketType.Stream, before));

        WindowsListener.Apply(listener, new WindowsListenOptions { KeepAlive = true }, before);

        Assert.NotEqual(77, listener.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
    }

    // Wine joins no group of IPv4 by the number of an interface.
    [Fact]
    public void JoinAgain_OfAMember_ChangesNothing()
    {
        var socket = Member("ff02::1:2:3", out var group, out var device);

        WindowsListener.JoinAgain(socket, group, device);

        Assert.Equal((uint)device, GroupSocket.Of(socket.SafeHandle)?.Interface);
    }

    [Fact]
    public void JoinAgain_AfterTheGroupWasLeft_JoinsIt()
    {
        var socket = Member("ff02::1:2:4", out var group, out var device);
        var member = new IPv6MulticastOption(group, device);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DropMembership, member);

        WindowsListener.JoinAgain(socket, group, device);

        // It can be left only by a member.
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DropMembership, member);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("123456", false)]
    [InlineData("no such interface", false)]
    public void InterfaceOf_WhatIsNotThere_IsNone(string name, bool isThere) =>
        Assert.Equal(isThere, new WindowsNames().InterfaceOf(name) != 0);

    private Socket Member(string group, out IPAddress address, out int device)
    {
        address = IPAddress.Parse(group);
        device = NetworkInterface.GetAllNetworkInterfaces()
            .First(device => device.NetworkInterfaceType == NetworkInterfaceType.Loopback).GetIPProperties().GetIPv6Properties().Index;
        Assert.Equal((uint)device, new WindowsNames().InterfaceOf($"{device}"));
        return Keep(WindowsListener.Bind(
            new IPEndPoint(address, 0), SocketType.Dgram, new WindowsListenOptions { GroupInterface = device }));
    }

    private static (int Received, int Sent, int Hops) Options(Socket socket)
    {
        var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        var hops = new byte[sizeof(int)];
        _ = socket.GetRawSocketOption(
            isIPv6 ? Ws2.IPPROTO_IPV6 : Ws2.IPPROTO_IP, isIPv6 ? Ws2.IPV6_UNICAST_HOPS : Ws2.IP_TTL, hops);
        return (socket.ReceiveBufferSize, socket.SendBufferSize, BitConverter.ToInt32(hops));
    }

    private static (string Call, Errno Errno) Refused(Action bind)
    {
        var failure = Assert.Throws<CallException>(bind);
        return (failure.Call, failure.Errno);
    }

    private Socket Bind(SocketType type, string address, int port, bool isExclusive = true) => Keep(WindowsListener.Bind(
        new IPEndPoint(IPAddress.Parse(address), port), type, new WindowsListenOptions { IsExclusive = isExclusive }));
}
