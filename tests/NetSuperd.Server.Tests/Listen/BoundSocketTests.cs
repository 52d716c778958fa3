using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.Linux;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Listen;

public sealed class BoundSocketTests
{
    // socket(7), tcp(7)
    private const int SOL_SOCKET = 1, SO_REUSEPORT = 15, SO_BINDTODEVICE = 25, SO_KEEPALIVE = 9, SO_RCVBUF = 8, SO_SNDBUF = 7, SO_MARK = 36;
    private const int IPPROTO_TCP = 6, TCP_NODELAY = 1, TCP_DEFER_ACCEPT = 9, TCP_CONGESTION = 13, IPPROTO_IPV6 = 41, IPV6_V6ONLY = 26;
    private const int SO_PRIORITY = 12, TCP_KEEPIDLE = 4, TCP_KEEPINTVL = 5, TCP_KEEPCNT = 6, TCP_FASTOPEN = 23;

    [Fact]
    public void Bind_Defaults_AreKeepAliveAndNothingElse()
    {
        using var bound = Bind(port => port);

        Assert.Equal(1, Option(bound, SOL_SOCKET, SO_KEEPALIVE));
        Assert.Equal(0, Option(bound, SOL_SOCKET, SO_REUSEPORT));
        Assert.Equal(0, Option(bound, IPPROTO_TCP, TCP_NODELAY));
        Assert.Equal(0, Option(bound, IPPROTO_TCP, TCP_DEFER_ACCEPT));
        Assert.Equal(0, Option(bound, SOL_SOCKET, SO_BINDTODEVICE));
    }

    [Fact]
    public void Bind_EveryOption_IsSetOnTheSocket()
    {
        using var bound = Bind(port => port with
        {
            KeepAlive = new KeepAlive(IsOn: false),
            NoDelay = true,
            ReusePort = true,
            ReceiveBuffer = 8192,
            SendBuffer = 16384,
            DeferAccept = TimeSpan.FromSeconds(7),
        });

        Assert.Equal(0, Option(bound, SOL_SOCKET, SO_KEEPALIVE));
        Assert.Equal(1, Option(bound, IPPROTO_TCP, TCP_NODELAY));
        Assert.Equal(1, Option(bound, SOL_SOCKET, SO_REUSEPORT));

        // The kernel doubles what is asked for, and rounds the time up to a number of retransmissions.
        Assert.Equal(16384, Option(bound, SOL_SOCKET, SO_RCVBUF));
        Assert.Equal(32768, Option(bound, SOL_SOCKET, SO_SNDBUF));
        Assert.InRange(Option(bound, IPPROTO_TCP, TCP_DEFER_ACCEPT), 7, 15);
    }

    [Theory]
    [InlineData("127.0.0.1", 0, 1, 2, 15)]
    [InlineData("::1", 41, 67, 16, 78)]
    public void Apply_OptionsOfPackets_AreSetAndSetBack(string address, int level, int tos, int ttl, int freeBind)
    {
        var (local, isRoot) = (IPAddress.Parse(address), Environment.IsPrivilegedProcess);
        Assert.SkipUnless(Socket.OSSupportsIPv6 || level == 0, "no IPv6");
        var plain = Maps.Tcp(0, local);
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(plain, local));
        var before = (Option(bound, level, tos), Option(bound, level, ttl), Option(bound, level, freeBind));

        bound.Apply(new SocketPlace(
            plain with { TypeOfService = 184, TimeToLive = 7, FreeBind = true, Mark = isRoot ? 5 : null }, local));
        Assert.Equal((184, 7, 1), (Option(bound, level, tos), Option(bound, level, ttl), Option(bound, level, freeBind)));
        Assert.Equal(isRoot ? 5 : 0, Option(bound, SOL_SOCKET, SO_MARK));

        bound.Apply(new SocketPlace(plain, local));
        Assert.Equal(before, (Option(bound, level, tos), Option(bound, level, ttl), Option(bound, level, freeBind)));
        Assert.Equal(0, Option(bound, SOL_SOCKET, SO_MARK));
    }

    [Theory]
    [InlineData("127.0.0.1", 0, 19)]
    [InlineData("::1", 41, 75)]
    public void Apply_Transparent_IsSetAndSetBack(string address, int level, int transparent)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "IP_TRANSPARENT needs root");
        Assert.SkipUnless(Socket.OSSupportsIPv6 || level == 0, "no IPv6");
        var local = IPAddress.Parse(address);
        var plain = Maps.Tcp(0, local);
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(plain, local));

        bound.Apply(new SocketPlace(plain with { Transparent = true }, local));
        Assert.Equal(1, Option(bound, level, transparent));

        bound.Apply(new SocketPlace(plain, local));
        Assert.Equal(0, Option(bound, level, transparent));
    }

    [Fact]
    public void Apply_FastOpenAndTimesOfProbes_AreSetAndSetBack()
    {
        var plain = Maps.Tcp(0, IPAddress.Loopback);
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(plain, IPAddress.Loopback));
        bound.Listen();
        (int, int, int, int) Options() => (
            Option(bound, IPPROTO_TCP, TCP_KEEPIDLE), Option(bound, IPPROTO_TCP, TCP_KEEPINTVL), Option(bound, IPPROTO_TCP, TCP_KEEPCNT),
            Option(bound, IPPROTO_TCP, TCP_FASTOPEN));
        var before = Options();

        var tuned = plain with
        {
            FastOpen = 16,
            KeepAlive = new KeepAlive(IsOn: true, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10), Probes: 3),
        };
        bound.Apply(new SocketPlace(tuned, IPAddress.Loopback));
        Assert.Equal((60, 10, 3, 16), Options());

        bound.Apply(new SocketPlace(plain, IPAddress.Loopback));
        Assert.Equal(before, Options());
    }

    [Fact]
    public void Apply_Priority_OverridesThatOfTheClassUntilItIsRemoved()
    {
        var plain = Maps.Tcp(0, IPAddress.Loopback) with { TypeOfService = 16 };
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(plain, IPAddress.Loopback));
        var ofClass = Option(bound, SOL_SOCKET, SO_PRIORITY);

        bound.Apply(new SocketPlace(plain with { Priority = 5 }, IPAddress.Loopback));
        Assert.Equal(5, Option(bound, SOL_SOCKET, SO_PRIORITY));

        bound.Apply(new SocketPlace(plain, IPAddress.Loopback));
        Assert.NotEqual(0, ofClass);
        Assert.Equal(ofClass, Option(bound, SOL_SOCKET, SO_PRIORITY));
    }

    [Fact]
    public void Apply_Congestion_IsThatOfConnectionsAndSetBack()
    {
        var plain = Maps.Tcp(0, IPAddress.Loopback);
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(plain, IPAddress.Loopback));
        var before = Congestion(bound.Socket);

        // Every kernel has it.
        bound.Apply(new SocketPlace(plain with { Congestion = "reno" }, IPAddress.Loopback));
        bound.Listen();
        using (var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            client.Connect(bound.Socket.LocalEndPoint!);
            using var accepted = bound.Socket.Accept();
            Assert.Equal("reno", Congestion(accepted));
        }

        bound.Apply(new SocketPlace(plain, IPAddress.Loopback));
        Assert.Equal(before, Congestion(bound.Socket));
    }

    [Fact]
    public void Bind_CongestionThatTheSystemDoesNotHave_NamesIt()
    {
        var place = new SocketPlace(Maps.Tcp(0, IPAddress.Loopback) with { Congestion = "nosuch" }, IPAddress.Loopback);

        Assert.Contains(
            "no congestion control 'nosuch'",
            BindFailure.Catch(new LinuxHost(), place, () => BoundSocket.Bind(new LinuxHost(), place).Dispose())?.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnOptionWithoutTheRightToIt_NamesBoth()
    {
        var port = Maps.Tcp(7, IPAddress.Loopback);

        Assert.All(
            [
                ("mark = 5", port with { Mark = 5 }), ("congestion = \"x\"", port with { Congestion = "x" }),
                ("transparent = true", port with { Transparent = true }), ("priority = 7", port with { Priority = 7 }),
            ],
            ((string Option, Port Port) refused) => Assert.EndsWith(
                $"; the option {refused.Option} needs root or CAP_NET_ADMIN",
                BindFailure.Of(new LinuxHost(), new SocketPlace(refused.Port, IPAddress.Loopback), Errno.EPERM).Message,
                StringComparison.Ordinal));
    }

    private static string Congestion(Socket socket)
    {
        var name = new byte[16];
        return Encoding.ASCII.GetString(name, 0, socket.GetRawSocketOption(IPPROTO_TCP, TCP_CONGESTION, name)).TrimEnd('\0');
    }

    [Fact]
    public void Bind_FreeBind_NeedsNoAddress()
    {
        // RFC 5737: no host has it.
        var address = IPAddress.Parse("192.0.2.1");
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Tcp(0, address) with { FreeBind = true }, address));

        Assert.Equal(address, ((IPEndPoint)bound.Socket.LocalEndPoint!).Address);
        Assert.Null(SocketAbsence.Of(bound, new HostAddresses()));
    }

    [Fact]
    public void Bind_OptionsOfTheListener_AreInheritedByConnections()
    {
        using var bound = Bind(port => port with { NoDelay = true, KeepAlive = new KeepAlive(IsOn: true) });
        bound.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(bound.Socket.LocalEndPoint!);
        using var accepted = bound.Socket.Accept();

        Assert.True(accepted.NoDelay);
        Assert.Equal(1, (int)accepted.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
    }

    [Fact]
    public void Bind_SharedNumber_SetsReusePort()
    {
        using var bound = Bind(port => port with { SharesNumber = true });

        Assert.Equal(1, Option(bound, SOL_SOCKET, SO_REUSEPORT));
    }

    [Fact]
    public void Bind_TheIPv6Wildcard_IsNeverMapped()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6");
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Tcp(0, null), IPAddress.IPv6Any));

        Assert.Equal(1, Option(bound, IPPROTO_IPV6, IPV6_V6ONLY));
    }

    [Fact]
    public void Bind_ADevice_IsBoundToIt()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a device needs root");
        using var bound = Bind(port => port with { Device = "lo" });
        var name = new byte[16];

        var length = bound.Socket.GetRawSocketOption(SOL_SOCKET, SO_BINDTODEVICE, name);
        Assert.Equal("lo", System.Text.Encoding.ASCII.GetString(name, 0, length).TrimEnd('\0'));
    }

    [Fact]
    public void Unlink_TheFolderGivenAway_LeavesThePathAndTheNextBindIsRefusedWithTheCommand()
    {
        Attacker.Require();
        using var folder = new TemporaryFolder();
        var run = Directory.CreateDirectory(Path.Combine(folder.Path, "run")).FullName;
        var place = new SocketPlace(Maps.Unix($"{run}/echo.sock"), null);
        using var bound = BoundSocket.Bind(new LinuxHost(), place);
        Attacker.Run("chown", $"{Attacker.UserId}", run);

        bound.Unlink();
        var failure = BindFailure.Catch(new LinuxHost(), place, () =>
            bound.Apply(new SocketPlace(place.Port with { Mode = UnixFileMode.OtherWrite }, null)))!;

        Assert.True(File.Exists($"{run}/echo.sock"));
        Assert.True(failure.IsPermission);
        Assert.EndsWith($"; run: chown root {run}", failure.Message, StringComparison.Ordinal);
    }

    private static BoundSocket Bind(Func<Port, Port> change) =>
        BoundSocket.Bind(new LinuxHost(), new SocketPlace(change(Maps.Tcp(0, IPAddress.Loopback)), IPAddress.Loopback));

    private static int Option(BoundSocket bound, int level, int option)
    {
        Span<byte> value = stackalloc byte[4];
        value.Clear();
        _ = bound.Socket.GetRawSocketOption(level, option, value);
        return BitConverter.ToInt32(value);
    }
}
