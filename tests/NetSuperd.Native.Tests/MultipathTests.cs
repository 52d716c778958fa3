using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <summary>Sockets of MPTCP, and what the kernel says of their connections.</summary>
public sealed class MultipathTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IDisposable> _open = [];

    public static TheoryData<string> Addresses => ["127.0.0.1", "::1"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _open.ForEach(open => open.Dispose());

    [Fact]
    public void Absence_OfASocketThatLinuxHas_IsNull()
    {
        Assert.Null(SocketDomain.Absence(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        Assert.Null(SocketDomain.Absence(AddressFamily.InterNetwork, SocketType.Stream, IpProtocols.Mptcp));
    }

    [Fact]
    public void Absence_OfAProtocolWithoutSuchSockets_IsItsReason() =>
        Assert.Equal(Errno.EPROTONOSUPPORT, SocketDomain.Absence(AddressFamily.InterNetwork, SocketType.Dgram, IpProtocols.Mptcp));

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Accept_TellsWhetherTheClientKnowsMptcp(string address)
    {
        var (_, multipath) = await ConnectAsync(address, IpProtocols.Mptcp);
        var (_, plain) = await ConnectAsync(address, ProtocolType.Tcp);

        Assert.True(multipath.Has(IpProtocols.Mptcp));
        Assert.True(plain.Has(ProtocolType.Tcp));
        Assert.False(plain.Has(IpProtocols.Mptcp));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Ask_AConnection_ReturnsStateAndBytes(string address)
    {
        var (client, server) = await ConnectAsync(address, IpProtocols.Mptcp);
        var (local, peer, name) = Identity(server);
        client.Send(new byte[100]);
        await ReadAsync(server, 100);
        Assert.Equal(50, server.Send(new byte[50]).Count);

        await Waiting.UntilAsync(() => SocketDiagnosis.Ask(local, peer, name) is { Received: 100, Sent: 50 }, "all bytes are there");
        var info = SocketDiagnosis.Ask(local, peer, name)!.Value;

        Assert.Equal(TcpInfoReader.Established, info.State);
        Assert.InRange(info.RoundTripTime, TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(5));
        Assert.InRange(info.Idle, TimeSpan.Zero, Patience);
    }

    [Fact]
    public async Task Ask_WithAnotherTokenOrNumbers_IsNull()
    {
        var (_, server) = await ConnectAsync("127.0.0.1", IpProtocols.Mptcp);
        var (local, peer, name) = Identity(server);

        Assert.NotNull(SocketDiagnosis.Ask(local, peer, name));
        Assert.Null(SocketDiagnosis.Ask(local, peer, name ^ 1));
        Assert.Null(SocketDiagnosis.Ask(local, new IPEndPoint(peer.Address, peer.Port ^ 1), name));
        Assert.Null(SocketDiagnosis.NameOf(server, isMultipath: false) is { } cookie ? SocketDiagnosis.Ask(local, peer, cookie) : null);
    }

    [Fact]
    public async Task NameOf_AConnectionOfTcp_IsNoneOfMptcp()
    {
        var (_, plain) = await ConnectAsync("127.0.0.1", ProtocolType.Tcp);

        Assert.Null(SocketDiagnosis.NameOf(plain, isMultipath: true));
    }

    [Fact]
    public async Task IsGone_AfterBothSidesHaveClosed_IsTrue()
    {
        var (client, server) = await ConnectAsync("127.0.0.1", IpProtocols.Mptcp);
        var (local, peer, name) = Identity(server);
        Assert.False(SocketDiagnosis.IsGone(local, peer, name));

        client.Dispose();
        server.Dispose();

        await Waiting.UntilAsync(() => SocketDiagnosis.IsGone(local, peer, name), "the connection is closed");
        Assert.Null(SocketDiagnosis.Ask(local, peer, name));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Abort_AConnectionOfAChild_ResetsItAlthoughBytesHavePassed(string address)
    {
        var (client, server) = await ConnectAsync(address, IpProtocols.Mptcp);
        var (local, peer, name) = Identity(server);
        client.Send(new byte[1]);
        await ReadAsync(server, 1);
        Assert.Equal(1, server.Send(new byte[1]).Count);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));
        using var nothing = File.OpenHandle("/dev/null");
        using var child = ChildProcess.Start(Spawned.Shell("exec sleep 600") with { Descriptors = [server, nothing, nothing] });
        server.Dispose();
        try
        {
            Assert.Equal(Errno.ENOENT, SocketDiagnosis.Abort(local, peer, name ^ 1, child));
            Assert.Null(SocketDiagnosis.Abort(local, peer, name, child));

            var reset = await Assert.ThrowsAsync<SocketException>(async () =>
                await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
        finally
        {
            child.Kill();
            _ = child.Reap();
        }
    }

    [Fact]
    public async Task Reset_AConnection_IsSeenByTheClient()
    {
        var (client, server) = await ConnectAsync("127.0.0.1", IpProtocols.Mptcp);

        server.Reset();

        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
            await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task OwnerOf_AConnection_IsTheUserOfTheClient()
    {
        var (client, _) = await ConnectAsync("127.0.0.1", IpProtocols.Mptcp);

        Assert.Null(SocketDiagnosis.OwnerOf((IPEndPoint)client.LocalEndPoint!, (IPEndPoint)client.RemoteEndPoint!, out var owner));
        Assert.Equal(ProcessIdentity.EffectiveUserId, owner);
    }

    [Fact]
    public async Task Waiting_AConnectionThatIsNotAccepted_IsListed()
    {
        var listener = Listen(IPAddress.Loopback);
        var local = (IPEndPoint)listener.LocalEndPoint!;
        var client = Keep(IpSockets.Create(AddressFamily.InterNetwork, SocketType.Stream, IpProtocols.Mptcp));
        await client.ConnectAsync(local, Cancel).AsTask().WaitAsync(Patience, Cancel);

        await Waiting.UntilAsync(() => SocketDiagnosis.Waiting(local)!.Count == 1, "the connection waits");
        Assert.Equal(1, TcpInfoReader.PendingOn(listener.SafeHandle));
        Assert.Contains(
            SocketDiagnosis.HoldersOf(IpProtocols.Mptcp, local.Address, local.Port), holder => holder.Use == PortUse.Listening);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("127.0.0.1", false)]
    public async Task HasClient_OfAConnectionThatWaits_IsTrueUntilTheClientCannotReadTheAnswer(string address, bool knowsMptcp)
    {
        var listener = Listen(IPAddress.Parse(address));
        var local = (IPEndPoint)listener.LocalEndPoint!;
        Assert.False(SocketDiagnosis.HasClient(local, IpProtocols.Mptcp));
        var client = Keep(IpSockets.Create(local.AddressFamily, SocketType.Stream, knowsMptcp ? IpProtocols.Mptcp : ProtocolType.Tcp));
        await client.ConnectAsync(local, Cancel).AsTask().WaitAsync(Patience, Cancel);
        client.Send(new byte[1]);
        await Waiting.UntilAsync(() => SocketDiagnosis.HasClient(local, IpProtocols.Mptcp), "the connection waits");

        client.Shutdown(SocketShutdown.Send);
        Assert.True(SocketDiagnosis.HasClient(local, IpProtocols.Mptcp));

        client.Dispose();
        await Waiting.UntilAsync(() => !SocketDiagnosis.HasClient(local, IpProtocols.Mptcp), "no process has the client's end");
    }

    [Fact]
    public void Restore_AListenerThatAChildHasChanged_SetsItsOptionsBack()
    {
        var listener = Listen(IPAddress.Loopback);
        var sound = SocketState.Of(listener);
        listener.NoDelay = true;

        var (setBack, left) = SharedSocket.Restore(listener, isDatagram: false, backlog: 5, sound);

        Assert.Empty(left);
        Assert.Equal(["TCP_NODELAY"], setBack);
    }

    private static (IPEndPoint Local, IPEndPoint Peer, ulong Name) Identity(StreamSocket server) =>
        ((IPEndPoint)server.Local()!, (IPEndPoint)server.Peer()!, SocketDiagnosis.NameOf(server, isMultipath: true)!.Value);

    private static async Task ReadAsync(StreamSocket server, int count)
    {
        var buffer = new byte[count];
        await Waiting.UntilAsync(() => server.Peek(buffer).Count == count, "all bytes are there");
        Assert.Equal(count, server.Receive(buffer).Count);
    }

    private Socket Listen(IPAddress address)
    {
        var listener = Keep(IpSockets.Create(address.AddressFamily, SocketType.Stream, IpProtocols.Mptcp));
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        return listener;
    }

    private async Task<(Socket Client, StreamSocket Server)> ConnectAsync(string address, ProtocolType protocol)
    {
        var listener = Listen(IPAddress.Parse(address));
        var client = Keep(IpSockets.Create(listener.AddressFamily, SocketType.Stream, protocol));
        await client.ConnectAsync(listener.LocalEndPoint!, Cancel).AsTask().WaitAsync(Patience, Cancel);
        StreamSocket? server = null;
        await Waiting.UntilAsync(() => (server ??= StreamListener.Accept(listener)) is not null, "the connection is accepted");
        return (client, Keep(server!));
    }

    private T Keep<T>(T open)
        where T : IDisposable
    {
        _open.Add(open);
        return open;
    }
}
