using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Builtins;
using NetSuperd.Native;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

public sealed class HandlerRunnerTests : IAsyncDisposable
{
    private const int HandlerFailed = 4001, HandlerLeft = 4003, Started = 6001, Ended = 6002;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NoLongerNew = TimeSpan.FromSeconds(1);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly ConnectionTally _tally;
    private readonly EventLoop _loop;
    private readonly HandlerRunner _runner;
    private readonly List<SocketPair> _pairs = [];

    public HandlerRunnerTests()
    {
        _tally = new ConnectionTally(_log, _time);
        _loop = new EventLoop("test", _log.LoopFailed, _time);
        _runner = new HandlerRunner(_tally, _loop, _log, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _runner.Dispose();
        _loop.Dispose();
        _pairs.ForEach(pair => pair.Dispose());
        _log.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_AHandlerThatThrows_EndsItsOwnConnectionOnly(bool isAsync)
    {
        _log.Expects(HandlerFailed);
        var other = await StartAsync(new EchoHandler(), isBuiltin: true);
        var failing = await StartAsync(new Delegated(async (_, _) =>
        {
            if (isAsync)
            {
                await Task.Yield();
            }

            throw new InvalidOperationException("a bug");
        }));

        var reset = await Assert.ThrowsAsync<SocketException>(failing.ReceiveToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        var failed = await _log.WhenAsync(HandlerFailed);
        Assert.IsType<InvalidOperationException>(failed[0].Exception);
        Assert.Equal("failed", (await _log.WhenAsync(Ended))[0]["End"]);

        await other.SendAsync("still here"u8.ToArray());
        other.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("still here", await other.ReceiveTextAsync());
        Assert.Equal("closed", (await _log.WhenAsync(Ended, 2))[1]["End"]);
        Assert.Empty(_tally.Live);
        Assert.Equal(2, _log.Of(Started).Count);
        Assert.Equal(2, _log.Of(Ended).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_ABuiltinBeginsOnTheLoop_APluginOnAPoolThread(bool isBuiltin)
    {
        var began = new TaskCompletionSource<(bool IsLoop, bool IsPool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartAsync(
            new Delegated((_, _) =>
            {
                began.SetResult((_loop.IsCurrent, Thread.CurrentThread.IsThreadPoolThread));
                return Task.CompletedTask;
            }),
            isBuiltin);

        Assert.Equal((isBuiltin, !isBuiltin), await began.Task.WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Start_APluginThatBlocksWhereverItContinues_DelaysNoBuiltin()
    {
        using var unblock = new ManualResetEventSlim();
        var blocking = await StartAsync(new Delegated(async (connection, _) =>
        {
            await connection.ReceiveAsync(new byte[1], CancellationToken.None);
            unblock.Wait(Patience, CancellationToken.None);
        }));
        await blocking.SendAsync("x"u8.ToArray());

        var other = await StartAsync(new EchoHandler(), isBuiltin: true);
        await other.SendAsync("not held up"u8.ToArray());
        other.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("not held up", await other.ReceiveTextAsync());
        unblock.Set();
    }

    [Fact]
    public async Task Start_AHandlerThatReturnsEarly_ClosesInOrder()
    {
        var pair = await StartAsync(new Delegated((connection, _) => connection.SendAsync("bye"u8.ToArray(), CancellationToken.None)
            .AsTask()));
        await pair.SendAsync(new byte[5000]);

        Assert.Equal("bye", await pair.ReceiveTextAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        var ended = (await _log.WhenAsync(Ended))[0];
        Assert.Equal(("closed", 3L), (ended["End"], ended["BytesSent"]));
    }

    [Fact]
    public async Task Start_AClientThatResets_IsNoErrorOfTheHandler()
    {
        var pair = await StartAsync(new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None)
            .AsTask()));
        pair.ResetByClient();

        Assert.Equal("reset", (await _log.WhenAsync(Ended))[0]["End"]);
        Assert.Empty(_log.Of(HandlerFailed));
    }

    [Fact]
    public async Task Start_AHandlerThatAborts_EndsAborted()
    {
        var pair = await StartAsync(new Delegated((connection, _) =>
        {
            connection.Abort();
            return connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        }));

        await Assert.ThrowsAsync<SocketException>(pair.ReceiveToEndAsync);
        Assert.Equal("aborted", (await _log.WhenAsync(Ended))[0]["End"]);
        Assert.Empty(_log.Of(HandlerFailed));
    }

    [Fact]
    public async Task Start_AHandlerThatThrowsABugAfterAReset_IsStillAnError()
    {
        _log.Expects(HandlerFailed);
        var pair = await StartAsync(new Delegated(async (connection, _) =>
        {
            await Record.ExceptionAsync(() => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask());
            throw new InvalidOperationException("a bug");
        }));
        pair.ResetByClient();

        await _log.WhenAsync(HandlerFailed);
        Assert.Equal("failed", (await _log.WhenAsync(Ended))[0]["End"]);
    }

    [Fact]
    public async Task Start_AClosedCallbackThatThrows_StillEndsTheRecord()
    {
        _log.Expects(HandlerFailed);
        await StartAsync(new Delegated((connection, _) =>
        {
            connection.Closed.Register(() => throw new InvalidOperationException("a bug"));
            connection.Abort();
            return Task.CompletedTask;
        }));

        Assert.Equal("aborted", (await _log.WhenAsync(Ended))[0]["End"]);
        Assert.Empty(_tally.Live);
    }

    [Fact]
    public async Task Start_ALoopThatOutlivesItsConnection_LogsForTheServiceOnly()
    {
        var logger = new HandlerLogger(_log, _tally.Use("test").Lines);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = Task.CompletedTask;
        var pair = await StartAsync(new Delegated((_, _) =>
        {
            loop = LoopAsync();
            return Task.CompletedTask;
        }));
        pair.Client.Shutdown(SocketShutdown.Send);
        await _log.WhenAsync(Ended);
        ended.SetResult();
        await loop.WaitAsync(Patience, Cancel);

        Assert.Equal([true, false], _log.Of(0).Select(logged => logged.Values.ContainsKey("ConnectionId")));
        Assert.All(_log.Of(0), logged => Assert.Equal("test", logged["Service"]));

        async Task LoopAsync()
        {
            logger.Log(LogLevel.Information, default, "during", null, static (text, _) => text);
            await ended.Task;
            logger.Log(LogLevel.Information, default, "after", null, static (text, _) => text);
        }
    }

    [Fact]
    public async Task Stop_HandlersThatObeyTheToken_EndStopped()
    {
        var pair = await StartAsync(new EchoHandler(), isBuiltin: true);
        await pair.SendAsync("x"u8.ToArray());
        var buffer = new byte[1];
        await pair.Client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel);

        var stopping = _runner.StopAsync(Drain, CancellationToken.None);
        Assert.Empty(await pair.ReceiveToEndAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await stopping.WaitAsync(Patience, Cancel);

        Assert.Equal("stopped", Assert.Single(_log.Of(Ended))["End"]);
    }

    [Fact]
    public async Task Stop_AClientWhoseFirstBytesAreOnTheirWay_IsAnswered()
    {
        var pair = await StartAsync(new EchoHandler(), isBuiltin: true);
        var stopping = _runner.StopAsync(Drain, CancellationToken.None);
        await _time.TimerAsync();

        await pair.SendAsync("x"u8.ToArray());
        var buffer = new byte[1];
        Assert.Equal(1, await pair.Client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
        _time.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Empty(await pair.ReceiveToEndAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await stopping.WaitAsync(Patience, Cancel);
        Assert.Equal("stopped", Assert.Single(_log.Of(Ended))["End"]);
    }

    [Fact]
    public async Task Stop_ASilentClient_IsEndedWhenItIsNoLongerNew()
    {
        var pair = await StartAsync(new EchoHandler(), isBuiltin: true);
        var stopping = _runner.StopAsync(Drain, CancellationToken.None);
        await _time.TimerAsync();
        Assert.Empty(_log.Of(Ended));

        _time.Advance(NoLongerNew);

        Assert.Empty(await pair.ReceiveToEndAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await stopping.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Stop_NothingLive_IsDoneImmediately() =>
        await _runner.StopAsync(Drain, CancellationToken.None).WaitAsync(Patience, Cancel);

    [Fact]
    public async Task Stop_AHandlerThatIgnoresTheToken_IsAbortedAfterTheDrain()
    {
        var pair = await StartAsync(new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None)
            .AsTask()));
        _time.Advance(NoLongerNew);
        var stopping = _runner.StopAsync(Drain, CancellationToken.None);
        await _time.TimerAsync();
        _time.Advance(Drain - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_log.Of(Ended));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await stopping.WaitAsync(Patience, Cancel);
        Assert.Equal("aborted", Assert.Single(_log.Of(Ended))["End"]);
        Assert.Empty(_log.Of(HandlerLeft));
        await Assert.ThrowsAsync<SocketException>(pair.ReceiveToEndAsync);
    }

    [Fact]
    public async Task Stop_AHandlerThatNeverReturns_IsLeftAndItsRecordClosedOnce()
    {
        var never = new TaskCompletionSource();
        await StartAsync(new Delegated((_, _) => never.Task));
        var stopping = _runner.StopAsync(Drain, new CancellationToken(canceled: true));
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await stopping.WaitAsync(Patience, Cancel);

        Assert.Single(_log.Of(HandlerLeft));
        Assert.Equal("aborted", Assert.Single(_log.Of(Ended))["End"]);

        // Without a synchronization context everything behind the handler has run when this has returned.
        await Task.Run(never.SetResult, Cancel).WaitAsync(Patience, Cancel);
        Assert.Single(_log.Of(Ended));
    }

    private async Task<SocketPair> StartAsync(IStreamHandler handler, bool isBuiltin = false)
    {
        var pair = await SocketPair.TcpAsync();
        _pairs.Add(pair);
        _runner.Start(_tally.Handler("test", handler, isBuiltin), pair.Server, _tally.Open("test", pair.Server));
        return pair;
    }
}
