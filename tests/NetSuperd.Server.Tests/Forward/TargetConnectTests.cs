using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Linux.Forward;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Forward;

/// <summary>What comes of connecting to a target: a connection that can be used at once, or why there is none.</summary>
public sealed class TargetConnectTests : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly EventLoop _loop;

    public TargetConnectTests()
    {
        _loop = new EventLoop("test", new Epoll(), _log.LoopFailed, _time);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _loop.Dispose();
        _listener.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Target_ThatAccepts_IsConnectedAndSendsBothWays()
    {
        _listener.Listen();

        var (connection, failure) = await ConnectAsync().WaitAsync(Longest, Test);
        await using var target = connection!;
        using var accepted = await _listener.AcceptAsync(Test);
        var buffer = new byte[2];
        await accepted.SendAsync(new byte[] { 1 }, Test);
        var received = await target.ReceiveAsync(buffer, Test);
        await target.SendAsync(new byte[] { 2 }, Test);

        Assert.Null(failure);
        Assert.Equal((1, 1), (received, buffer[0]));
        Assert.Equal((1, 2), (await accepted.ReceiveAsync(buffer, Test), buffer[0]));
        Assert.Equal(_listener.LocalEndPoint, target.RemoteEndPoint);
    }

    [Fact]
    public async Task Target_ThatRefuses_IsNotConnected()
    {
        var (connection, failure) = await ConnectAsync().WaitAsync(Longest, Test);

        Assert.Null(connection);
        Assert.Equal(Errno.ECONNREFUSED, failure);
    }

    [Fact]
    public async Task Target_ThatDoesNotAnswer_IsGivenUpAfterTheTime()
    {
        // With a full queue the system leaves further clients without an answer (listen(2)).
        _listener.Listen(0);
        using var first = await WaitingClientAsync();
        _time.ForgetTimers();

        var connecting = ConnectAsync();
        await _time.TimerAsync();
        _time.Advance(Longest - TimeSpan.FromMilliseconds(1));
        await _loop.TurnAsync();
        Assert.False(connecting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var (connection, failure) = await connecting.WaitAsync(Longest, Test);

        Assert.Null(connection);
        Assert.Equal(Errno.ETIMEDOUT, failure);
    }

    private async Task<Socket> WaitingClientAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_listener.LocalEndPoint!, Test);
        return client;
    }

    private async Task<(SocketConnection? Connection, Errno? Failure)> ConnectAsync()
    {
        await LoopTurn.On(_loop).ConfigureAwait(false);
        var tally = new ConnectionTally(_log, _time);
        var record = new CountedConnection(1, tally.Use("app"), null, _listener.LocalEndPoint!, _time.GetTimestamp());
        var parts = new ForwardParts("app", _loop, null!, _log, _time);
        return await TargetConnect.ConnectAsync(_listener.LocalEndPoint!, default, Longest, record, parts).ConfigureAwait(false);
    }
}
