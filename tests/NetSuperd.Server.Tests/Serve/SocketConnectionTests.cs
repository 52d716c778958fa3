using System.Net.Sockets;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

public sealed class SocketConnectionTests : TestedConnection
{
    private readonly WatchedTime _time;

    public SocketConnectionTests()
        : this(new WatchedTime())
    {
    }

    private SocketConnectionTests(WatchedTime time)
        : base(time) => _time = time;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Receive_AndSend_CountTheBytes(bool isUnix, bool isBuiltin)
    {
        var (connection, pair) = await OpenAsync(isBuiltin, isUnix: isUnix);
        await pair.SendAsync(new byte[] { 1, 2, 3 });
        await Within(connection.WaitForDataAsync(Cancel));
        var buffer = new byte[10];

        Assert.Equal(3, await Within(connection.ReceiveAsync(buffer, Cancel)));
        await Within(connection.SendAsync(new byte[] { 4, 5 }, Cancel));
        await Within(connection.SendAsync(ReadOnlyMemory<byte>.Empty, Cancel));

        Assert.Equal([1, 2, 3], buffer[..3]);
        var status = connection.GetStatus();
        Assert.Equal((ConnectionState.Established, 3L, 2L), (status.State, status.BytesReceived, status.BytesSent));
        Assert.Equal(isUnix, status.RoundTripTime is null && status.Retransmits is null);
    }

    [Fact]
    public async Task Ends_OfTheConnection_MatchTheSocket()
    {
        var (connection, pair) = await OpenAsync();

        Assert.Equal(pair.Client.LocalEndPoint, connection.RemoteEndPoint);
        Assert.Equal(pair.Client.RemoteEndPoint, connection.LocalEndPoint);
        Assert.Equal(("echo", connection.Record.Id), (connection.Service, connection.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Receive_ThePeersEnd_IsZeroAndSendingStillWorks(bool isUnix)
    {
        var (connection, pair) = await OpenAsync(isUnix: isUnix);
        var closed = connection.Closed;
        pair.Client.Shutdown(SocketShutdown.Send);

        await Within(connection.WaitForDataAsync(Cancel));
        Assert.Equal(0, await Within(connection.ReceiveAsync(new byte[1], Cancel)));
        Assert.Equal(ConnectionState.CloseWait, connection.GetStatus().State);
        await Within(connection.SendAsync("late"u8.ToArray(), Cancel));
        await Within(connection.CloseAsync());
        await connection.DisposeAsync();

        Assert.Equal("late", await pair.ReceiveTextAsync());
        Assert.False(closed.IsCancellationRequested);
        Assert.Null(connection.Broken);
    }

    [Fact]
    public async Task Receive_AResetPeer_ThrowsAndFiresClosed()
    {
        var (connection, pair) = await OpenAsync();
        var fired = Fired(connection.Closed);
        var receiving = connection.ReceiveAsync(new byte[1], Cancel).AsTask();
        pair.ResetByClient();

        await Assert.ThrowsAsync<ConnectionClosedException>(() => receiving.WaitAsync(Patience, Cancel));
        await fired.WaitAsync(Patience, Cancel);
        Assert.Equal(ConnectionEnd.Reset, connection.Broken);
        Assert.Equal(ConnectionState.Closed, connection.GetStatus().State);
        Assert.True(connection.Closed.IsCancellationRequested);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.SendAsync(new byte[1], Cancel)));
    }

    [Theory]
    [InlineData("receive")]
    [InlineData("close")]
    public async Task Calls_OfAPluginThatFail_ContinueOnAPoolThread(string call)
    {
        // All connections share the thread that completes socket calls; a plugin that blocks in a catch clause would stop the daemon.
        var (connection, pair) = await OpenAsync();
        var isPoolThread = call == "receive" ? CatchAsync(connection) : CloseAsync(connection);
        pair.ResetByClient();

        Assert.True(await isPoolThread.WaitAsync(Patience, Cancel));

        static async Task<bool> CatchAsync(SocketConnection connection)
        {
            try
            {
                await connection.ReceiveAsync(new byte[1]).ConfigureAwait(false);
                return false;
            }
            catch (ConnectionClosedException)
            {
                return Thread.CurrentThread.IsThreadPoolThread;
            }
        }

        static async Task<bool> CloseAsync(SocketConnection connection)
        {
            await connection.CloseAsync().ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }

    [Fact]
    public async Task Abort_AnOpenConnection_SendsAResetAndFailsEveryCall()
    {
        var (connection, pair) = await OpenAsync();
        var fired = Fired(connection.Closed);
        var receiving = connection.ReceiveAsync(new byte[1], Cancel).AsTask();

        connection.Abort();
        connection.Abort();

        await fired.WaitAsync(Patience, Cancel);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => receiving.WaitAsync(Patience, Cancel));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.ReceiveAsync(new byte[1], Cancel)));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.WaitForDataAsync(Cancel)));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.SendAsync(new byte[1], Cancel)));
        Assert.Equal((ConnectionEnd.Aborted, ConnectionState.Closed), (connection.Broken, connection.GetStatus().State));
        var reset = await Assert.ThrowsAsync<SocketException>(() => pair.ReceiveToEndAsync());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Abort_AfterTheEnd_DoesNothing()
    {
        var (connection, _) = await OpenAsync();
        Assert.False(connection.Closed.IsCancellationRequested);
        await connection.DisposeAsync();

        // The stop of the daemon aborts what is still registered, which may just have been disposed.
        connection.Abort();
    }

    [Fact]
    public async Task Close_WithUnreadInput_DeliversTheAnswerWithoutAReset()
    {
        var (connection, pair) = await OpenAsync();
        await pair.SendAsync(new byte[10_000]);
        await Within(connection.WaitForDataAsync(Cancel));
        await Within(connection.SendAsync("answer"u8.ToArray(), Cancel));
        var closing = connection.CloseAsync().AsTask();

        Assert.Equal("answer", await pair.ReceiveTextAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await closing.WaitAsync(Patience, Cancel);
        await connection.DisposeAsync();
        Assert.Equal(0, connection.Record.BytesReceived);
        Assert.Null(connection.Broken);
    }

    [Fact]
    public async Task Close_APeerThatKeepsSending_DiscardsAtMost64KiB()
    {
        var (connection, pair) = await OpenAsync();
        var closing = connection.CloseAsync().AsTask();
        await pair.SendAsync(new byte[80 * 1024]);

        // No end of transmission and no passing time: only the bound on the bytes ends it.
        await closing.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Close_APeerThatStaysSilent_WaitsForTwoSeconds()
    {
        var (connection, _) = await OpenAsync();
        var closing = connection.CloseAsync().AsTask();
        await _time.TimerAsync();

        _time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.False(closing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await closing.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Close_Twice_DoesNothingMore()
    {
        var (connection, pair) = await OpenAsync();
        pair.Client.Shutdown(SocketShutdown.Send);

        await Within(connection.CloseAsync());
        await Within(connection.CloseAsync());

        Assert.Empty(await pair.ReceiveToEndAsync());
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.SendAsync(new byte[1], Cancel)));
        Assert.Null(connection.Broken);
    }

    [Fact]
    public async Task Receive_Cancelled_LeavesTheConnectionUsable()
    {
        var (connection, pair) = await OpenAsync();
        using var cancel = new CancellationTokenSource();
        var waiting = connection.WaitForDataAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience, Cancel));
        Assert.Null(connection.Broken);
        await pair.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await Within(connection.ReceiveAsync(new byte[1], Cancel)));
    }

    [Fact]
    public async Task Send_MoreThanTheBuffers_ArrivesWhole()
    {
        var (connection, pair) = await OpenAsync();
        var bytes = new byte[8 * 1024 * 1024];
        Random.Shared.NextBytes(bytes);
        var sending = connection.SendAsync(bytes, Cancel).AsTask();
        var receiving = pair.ReceiveToEndAsync();
        await sending.WaitAsync(Patience, Cancel);
        pair.Client.Shutdown(SocketShutdown.Send);
        await Within(connection.CloseAsync());

        Assert.Equal(bytes, await receiving);
        Assert.Equal(bytes.Length, connection.Record.BytesSent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GiveAway_LeavesTheSocketOpenAndTheBytesInIt(bool isBuiltin)
    {
        var (connection, pair) = await OpenAsync(isBuiltin: isBuiltin);
        await pair.SendAsync(new byte[] { 1, 2, 3 });
        await Within(connection.WaitForDataAsync(Cancel));
        await Within(connection.ReceiveAsync(new byte[1], Cancel));

        var closed = connection.Closed;
        var socket = connection.GiveAway()!;
        await Within(connection.FinishAsync());
        await Within(connection.DisposeAsync());

        Assert.Throws<InvalidOperationException>(connection.GiveAway);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => connection.ReceiveAsync(new byte[1], Cancel).AsTask());
        connection.Abort();
        connection.TimeOut("idle_timeout");
        Assert.Equal((ConnectionEnd.Closed, true), (connection.Broken, closed.IsCancellationRequested));
        Assert.Equal(2, socket.Receive(new byte[10]).Count);
        Assert.Equal(1, socket.Send([4]).Count);
        socket.Dispose();
        Assert.Equal([4], await pair.ReceiveToEndAsync());
    }

    [Fact]
    public async Task GiveAway_WithACallUnderWay_IsAnErrorOfTheHandler()
    {
        var (connection, _) = await OpenAsync();
        var waiting = connection.WaitForDataAsync(Cancel);

        Assert.Throws<InvalidOperationException>(connection.GiveAway);

        connection.Abort();
        Assert.Null(connection.GiveAway());
        await Assert.ThrowsAsync<ConnectionClosedException>(() => waiting.AsTask());
    }

    [Fact]
    public async Task Stop_ACallbackThatThrows_FailsTheDisposalOfItsConnectionOnly()
    {
        var (connection, _) = await OpenAsync();
        var other = (await OpenAsync()).Connection;
        var fired = Fired(other.Stopping);
        connection.Stopping.Register(() => throw new InvalidOperationException("thrown on purpose"));

        connection.Stop();
        other.Stop();

        await fired.WaitAsync(Patience, Cancel);
        Assert.IsType<InvalidOperationException>(
            (await Assert.ThrowsAsync<AggregateException>(() => connection.DisposeAsync().AsTask().WaitAsync(
                Patience, Cancel))).InnerException);
        await Within(other.DisposeAsync());
    }

    private static Task Fired(CancellationToken token)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(fired.SetResult);
        return fired.Task;
    }
}
