using System.Net;
using System.Net.Sockets;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

public sealed class ListenFilterTests
{
    // linux/tcp.h: a connection is made only when its first data has come.
    private const int TCP_DEFER_ACCEPT = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Addresses => ["127.0.0.1", "::1"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Attach_ANewClient_IsNotSeenUntilDetach(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        var local = (IPEndPoint)listener.LocalEndPoint!;
        using var client = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        ListenFilter.Attach(listener);

        var connecting = client.ConnectAsync(local, Cancel).AsTask();
        await Waiting.UntilAsync(() => SocketDrops.Of(listener) > 0, "the listener drops the SYN");

        Assert.False(connecting.IsCompleted);
        Assert.Equal(TcpInfoReader.SynSent, TcpInfoReader.Of(client.SafeHandle)!.Value.State);
        Assert.Empty(SocketDiagnosis.Handshakes(local)!);
        Assert.Empty(SocketDiagnosis.Waiting(local)!);

        // The client sends its SYN again by itself.
        Assert.True(ListenFilter.Detach(listener));
        await connecting.WaitAsync(Patience, Cancel);
        using var accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Attach_AConnectionThatWaits_IsAcceptedAndSpeaks(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        using var client = await ConnectAsync(listener);
        ListenFilter.Attach(listener);

        using var accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

        await AssertEchoesAsync(client, accepted);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Attach_AHandshakeThatHasBegun_ComesToItsEnd(string address)
    {
        using var listener = TcpPair.Listen(IPAddress.Parse(address));
        listener.SetRawSocketOption(Libc.IPPROTO_TCP, TCP_DEFER_ACCEPT, BitConverter.GetBytes(30));
        using var client = await ConnectAsync(listener);
        Assert.Single(SocketDiagnosis.Handshakes((IPEndPoint)listener.LocalEndPoint!)!);
        ListenFilter.Attach(listener);

        client.Send("x"u8);
        using var accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

        Assert.Equal(1, accepted.Receive(new byte[2]));
        await AssertEchoesAsync(client, accepted);
    }

    [Fact]
    public async Task Attach_ASecondListenerOfThePort_TakesOverWhenTheFirstIsClosed()
    {
        using var first = ReusePort(new IPEndPoint(IPAddress.Loopback, 0));
        using var waiting = await ConnectAsync(first);
        ListenFilter.Attach(first);
        using var second = ReusePort((IPEndPoint)first.LocalEndPoint!);

        // Which of the two a client gets depends on its port: enough of them for both.
        var clients = new List<(Socket Socket, Task Connecting)>();
        for (var i = 0; i < 64 && (i < 8 || SocketDrops.Of(first) == 0); i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            clients.Add((socket, socket.ConnectAsync(second.LocalEndPoint!, Cancel).AsTask()));
        }

        await Waiting.UntilAsync(() => SocketDrops.Of(first) > 0, "the first one drops a client");
        using var accepted = await first.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        var local = (IPEndPoint)first.LocalEndPoint!;
        await Waiting.UntilAsync(() => SocketDiagnosis.Handshakes(local)!.Count == 0, "no handshake is under way");
        first.Dispose();

        await AssertEchoesAsync(waiting, accepted);
        foreach (var (socket, connecting) in clients)
        {
            await connecting.WaitAsync(Patience, Cancel);
            (await second.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel)).Dispose();
            socket.Dispose();
        }
    }

    [Fact]
    public void Detach_WithoutAFilter_IsFalse()
    {
        using var listener = TcpPair.Listen(IPAddress.Loopback);

        Assert.False(ListenFilter.Detach(listener));
    }

    private static Socket ReusePort(IPEndPoint local)
    {
        const int SO_REUSEPORT = 15;
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetRawSocketOption(Libc.SOL_SOCKET, SO_REUSEPORT, BitConverter.GetBytes(1));
        listener.Bind(local);
        listener.Listen();
        return listener;
    }

    private static async Task<Socket> ConnectAsync(Socket listener)
    {
        var client = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!, Cancel).AsTask().WaitAsync(Patience, Cancel);
        return client;
    }

    private static async Task AssertEchoesAsync(Socket client, Socket server)
    {
        var buffer = new byte[10];
        client.Send("ping"u8);
        Assert.Equal(4, await server.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
        server.Send(buffer.AsSpan(0, 4));
        Assert.Equal(4, await client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
    }
}
