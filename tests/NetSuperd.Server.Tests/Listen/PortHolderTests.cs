using System.Net;
using System.Net.Sockets;
using NetSuperd.Linux.Listen;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>What keeps a port from being bound, as far as that is known, and nothing else.</summary>
public sealed class PortHolderTests
{
    private static readonly string Self = $"(pid {Environment.ProcessId})";

    [Fact]
    public void Describe_AListener_IsItsProcess()
    {
        using var holder = Bound(SocketType.Stream, IPAddress.Loopback);
        holder.Listen();

        Assert.Contains($"{Self} listens there", Describe(holder, IPAddress.Loopback), StringComparison.Ordinal);
        Assert.Contains($"{Self} listens there", Describe(holder, IPAddress.Any), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_AnotherAddressOfThePort_IsNotNamed()
    {
        using var holder = Bound(SocketType.Stream, IPAddress.Loopback);
        holder.Listen();

        Assert.DoesNotContain(Self, Describe(holder, IPAddress.Parse("127.0.0.2")), StringComparison.Ordinal);
        Assert.DoesNotContain(Self, Describe(holder, IPAddress.IPv6Any), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_ASocketOfBothFamilies_HoldsTheAddressesOfIPv4()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6");
        using var dual = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        dual.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        dual.Listen();
        using var single = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
        single.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        single.Listen();

        Assert.Contains($"{Self} listens there", Describe(dual, IPAddress.Loopback), StringComparison.Ordinal);
        Assert.DoesNotContain(Self, Describe(single, IPAddress.Loopback), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_AnEndOfAConnection_IsNoListener()
    {
        using var server = Bound(SocketType.Stream, IPAddress.Loopback);
        server.Listen();
        // On an address of its own: connections of other processes may have the same port on 127.0.0.1.
        var own = IPAddress.Parse("127.77.66.55");
        using var client = Bound(SocketType.Stream, own);
        client.Connect(server.LocalEndPoint!);

        var text = Describe(client, own);

        Assert.Contains($"the local port of a connection of", text, StringComparison.Ordinal);
        Assert.Contains($"{Self} to {server.LocalEndPoint}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("listens there", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_ABoundSocket_IsNoListener()
    {
        using var holder = Bound(SocketType.Stream, IPAddress.Loopback);

        // Before Linux 6.8 the system names no process.
        Assert.DoesNotContain("listens there", Describe(holder, IPAddress.Loopback), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_AUdpPort_NamesItsProcessAndNotTheListenerOfTcp()
    {
        using var tcp = Bound(SocketType.Stream, IPAddress.Loopback);
        tcp.Listen();
        using var udp = Bound(SocketType.Dgram, IPAddress.Loopback);

        Assert.DoesNotContain(Self, Describe(tcp, IPAddress.Loopback, isUdp: true), StringComparison.Ordinal);
        Assert.Contains($"{Self} listens there", Describe(udp, IPAddress.Loopback, isUdp: true), StringComparison.Ordinal);
        udp.Connect(tcp.LocalEndPoint!);
        Assert.Contains("the local port of a connection of", Describe(udp, IPAddress.Loopback, isUdp: true), StringComparison.Ordinal);
    }

    private static Socket Bound(SocketType type, IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private static string Describe(Socket holder, IPAddress address, bool isUdp = false)
    {
        var port = Maps.Tcp(((IPEndPoint)holder.LocalEndPoint!).Port, address);
        return PortHolder.Describe(new SocketPlace(
            port with { Key = port.Key with { Transport = isUdp ? Server.Config.Transport.Udp : Server.Config.Transport.Tcp } }, address));
    }
}
