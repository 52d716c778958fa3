using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

public sealed class SocketDiagnosisTests
{
    // linux/tcp.h: a connection is made only when its first data has come.
    private const int TCP_DEFER_ACCEPT = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Addresses => ["127.0.0.1", "::1"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Ask_AConnection_ReturnsStateAndBytes(string address)
    {
        using var pair = await TcpPair.ConnectAsync(IPAddress.Parse(address));
        pair.Server.Send(new byte[3000]);
        pair.Client.Send(new byte[100]);
        Read(pair.Client, 3000);
        Read(pair.Server, 100);

        var info = Ask(pair.Server)!.Value;

        Assert.Equal((TcpInfoReader.Established, 100, 3000), (info.State, info.Received, info.Sent));
        Assert.InRange(info.RoundTripTime, TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(5));
        Assert.Equal(
            info with { RoundTripTime = default, Idle = default },
            TcpInfoReader.Of(pair.Server.SafeHandle)!.Value with { RoundTripTime = default, Idle = default });
        Assert.InRange(info.Idle, TimeSpan.Zero, Patience);
    }

    [Fact]
    public async Task Ask_AfterTheClientsFin_CountsNoMoreBytes()
    {
        using var pair = await TcpPair.ConnectAsync();
        pair.Client.Send(new byte[100]);
        pair.Client.Shutdown(SocketShutdown.Send);
        Read(pair.Server, 100);
        await Waiting.UntilAsync(() => Ask(pair.Server)?.State == TcpInfoReader.CloseWait, "the FIN comes");

        Assert.Equal(100, Ask(pair.Server)!.Value.Received);

        pair.Server.Send(new byte[50]);
        await Waiting.UntilAsync(() => TcpInfoReader.Of(pair.Client.SafeHandle)?.Received >= 50, "the answer comes");
        var client = TcpInfoReader.Of(pair.Client.SafeHandle)!.Value;
        Assert.Equal((100, 50), (client.Sent, client.Received));
    }

    [Fact]
    public async Task Ask_OfAClosedConnection_IsNull()
    {
        using var pair = await TcpPair.ConnectAsync();
        var (local, peer, cookie) = Identity(pair.Server);
        Assert.NotNull(SocketDiagnosis.Ask(local, peer, cookie));
        Assert.False(SocketDiagnosis.IsGone(local, peer, cookie));

        pair.Server.Close(0);

        await Waiting.UntilAsync(() => SocketDiagnosis.IsGone(local, peer, cookie), "the connection is closed");
        Assert.Null(SocketDiagnosis.Ask(local, peer, cookie));
        Assert.Null(SocketCookie.Of(pair.Server.SafeHandle));
    }

    [Fact]
    public async Task Ask_WithAnotherCookieOrNumbers_IsNull()
    {
        using var listener = TcpPair.Listen(IPAddress.Loopback);
        using var pair = await TcpPair.ConnectAsync();
        var (local, peer, cookie) = Identity(pair.Server);

        Assert.NotEqual(cookie, SocketCookie.Of(pair.Client.SafeHandle));
        Assert.Null(SocketDiagnosis.Ask(local, peer, cookie + 1));
        Assert.Null(SocketDiagnosis.Ask(local, peer, cookie + (1UL << 32)));
        Assert.Null(SocketDiagnosis.Ask(peer, local, cookie));
        Assert.Null(SocketDiagnosis.Ask((IPEndPoint)listener.LocalEndPoint!, peer, cookie));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task OwnerOf_AConnection_IsItsUserUntilItIsClosed(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        var local = (IPEndPoint)listener.LocalEndPoint!;
        using var client = await ConnectAsync(local);
        var peer = (IPEndPoint)client.LocalEndPoint!;

        Assert.Equal(ProcessIdentity.EffectiveUserId, OwnerOf(peer, local));
        Assert.Null(OwnerOf(local, peer));

        using var accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal(ProcessIdentity.EffectiveUserId, OwnerOf(local, peer));
        Assert.Null(OwnerOf(local, new IPEndPoint(peer.Address, 1)));

        // The runtime closes it when its own thread no longer looks at it.
        client.Close();
        await Waiting.UntilAsync(() => OwnerOf(peer, local) is null, "the connection has no owner");
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Destroy_AConnection_EndsItForBothSides(string address)
    {
        using var pair = await TcpPair.ConnectAsync(IPAddress.Parse(address));
        var (local, peer, cookie) = Identity(pair.Server);
        Assert.Equal(MayAdministrate ? Errno.ENOENT : Errno.EPERM, SocketDiagnosis.Destroy(local, peer, cookie + 1));

        var failure = SocketDiagnosis.Destroy(local, peer, cookie);

        if (!MayAdministrate)
        {
            Assert.Equal(Errno.EPERM, failure);
            return;
        }

        Assert.Null(failure);
        Assert.Equal(SocketError.ConnectionAborted, Assert.Throws<SocketException>(() => pair.Server.Receive(new byte[1])).SocketErrorCode);
        var reset = await Assert.ThrowsAsync<SocketException>(async () => await pair.Client.ReceiveAsync(
            new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        Assert.Equal(Errno.ENOENT, SocketDiagnosis.Destroy(local, peer, cookie));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Waiting_AConnectionThatIsNotAccepted_IsListedUntilItIs(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        using var other = TcpPair.Listen(IPAddress.Parse(address));
        var local = (IPEndPoint)listener.LocalEndPoint!;
        using var client = await ConnectAsync(local);
        using var stranger = await ConnectAsync((IPEndPoint)other.LocalEndPoint!);
        await Waiting.UntilAsync(() => SocketDiagnosis.Waiting(local)!.Count > 0, "the connection waits");

        var waiting = Assert.Single(SocketDiagnosis.Waiting(local)!);

        Assert.Equal((local, client.LocalEndPoint), (waiting.Local, waiting.Peer));
        Assert.Equal([waiting], SocketDiagnosis.Waiting(Any(local))!);
        Assert.Empty(SocketDiagnosis.Handshakes(local)!);

        client.Shutdown(SocketShutdown.Send);
        await Waiting.UntilAsync(
            () => SocketDiagnosis.Ask(local, waiting.Peer, waiting.Cookie)?.State == TcpInfoReader.CloseWait, "the FIN comes");
        Assert.Equal([waiting], SocketDiagnosis.Waiting(local)!);

        using var accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal(waiting.Cookie, SocketCookie.Of(accepted.SafeHandle));
        Assert.Empty(SocketDiagnosis.Waiting(local)!);
        accepted.Close(0);
        Assert.Empty(SocketDiagnosis.Waiting(local)!);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task HasClient_OfAConnectionThatWaits_IsTrueUntilTheClientCannotReadTheAnswer(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        var local = (IPEndPoint)listener.LocalEndPoint!;
        Assert.False(SocketDiagnosis.HasClient(local, ProtocolType.Tcp));
        using var client = await ConnectAsync(local);
        await Waiting.UntilAsync(() => SocketDiagnosis.HasClient(local, ProtocolType.Tcp), "the connection waits");

        client.Shutdown(SocketShutdown.Send);
        await Waiting.UntilAsync(
            () => SocketDiagnosis.Ask(local, (IPEndPoint)client.LocalEndPoint!, 0xFFFF_FFFF_FFFF_FFFF)?.State == TcpInfoReader.CloseWait,
            "the FIN comes");
        Assert.True(SocketDiagnosis.HasClient(local, ProtocolType.Tcp));

        client.Close();
        await Waiting.UntilAsync(() => !SocketDiagnosis.HasClient(local, ProtocolType.Tcp), "no process has the client's end");
    }

    [Fact]
    public async Task Waiting_OnAnotherAddressOfThePort_IsNotThere()
    {
        using var listener = TcpPair.Listen(IPAddress.Any);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var client = await ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
        await Waiting.UntilAsync(() => SocketDiagnosis.Waiting(new IPEndPoint(IPAddress.Any, port))!.Count > 0, "the connection waits");

        Assert.Single(SocketDiagnosis.Waiting(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port))!);
        Assert.Empty(SocketDiagnosis.Waiting(new IPEndPoint(IPAddress.Loopback, port))!);
        Assert.Empty(SocketDiagnosis.Waiting(new IPEndPoint(IPAddress.IPv6Any, port))!);
    }

    [Fact]
    public async Task Waiting_MoreThanOnePieceHolds_AreAllThere()
    {
        const int Many = 300;
        using var listener = TcpPair.Listen(IPAddress.Loopback);
        listener.Listen(Many);
        var local = (IPEndPoint)listener.LocalEndPoint!;
        var clients = new List<Socket>();
        for (var i = 0; i < Many; i++)
        {
            clients.Add(await ConnectAsync(local));
        }

        await Waiting.UntilAsync(() => SocketDiagnosis.Waiting(local)!.Count >= Many, "all wait");

        Assert.Equal(
            clients.Select(client => ((IPEndPoint)client.LocalEndPoint!).Port).Order(),
            SocketDiagnosis.Waiting(local)!.Select(waiting => waiting.Peer.Port).Order());
        Assert.Equal(Many, SocketDiagnosis.Waiting(local)!.Select(waiting => waiting.Cookie).Distinct().Count());
        clients.ForEach(client => client.Dispose());
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Handshakes_OneThatIsNotAtItsEnd_IsThereUntilItIs(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        listener.SetRawSocketOption(Libc.IPPROTO_TCP, TCP_DEFER_ACCEPT, BitConverter.GetBytes(30));
        var local = (IPEndPoint)listener.LocalEndPoint!;
        using var client = await ConnectAsync(local);

        var begun = Assert.Single(SocketDiagnosis.Handshakes(local)!);

        Assert.Equal((local, client.LocalEndPoint), (begun.Local, begun.Peer));
        Assert.Equal([begun], SocketDiagnosis.Handshakes(Any(local))!);
        Assert.Empty(SocketDiagnosis.Waiting(local)!);

        client.Send("x"u8);
        await Waiting.UntilAsync(() => SocketDiagnosis.Waiting(local)!.Count > 0, "the data comes");
        Assert.Empty(SocketDiagnosis.Handshakes(local)!);
        Assert.Equal([begun], SocketDiagnosis.Waiting(local)!);
    }

    private static bool MayAdministrate
    {
        get
        {
            const int CapNetAdmin = 12;
            var effective = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
            return (ulong.Parse(
                effective.AsSpan()["CapEff:".Length..].Trim(), NumberStyles.HexNumber,
                CultureInfo.InvariantCulture) & (1 << CapNetAdmin)) != 0;
        }
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint to)
    {
        var client = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(to, Cancel).AsTask().WaitAsync(Patience, Cancel);
        return client;
    }

    private static IPEndPoint Any(IPEndPoint end) =>
        new(end.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, end.Port);

    private static (IPEndPoint Local, IPEndPoint Peer, ulong Cookie) Identity(Socket socket) =>
        ((IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!, SocketCookie.Of(socket.SafeHandle)!.Value);

    private static uint? OwnerOf(IPEndPoint local, IPEndPoint peer)
    {
        Assert.Null(SocketDiagnosis.OwnerOf(local, peer, out var owner));
        return owner;
    }

    private static TcpInfo? Ask(Socket socket)
    {
        var (local, peer, cookie) = Identity(socket);
        return SocketDiagnosis.Ask(local, peer, cookie);
    }

    private static void Read(Socket socket, int count)
    {
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        for (var buffer = new byte[count]; count > 0; count -= socket.Receive(buffer, count, SocketFlags.None))
        {
        }
    }
}
