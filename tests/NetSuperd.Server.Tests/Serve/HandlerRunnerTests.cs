using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Builtins;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server.Tests.Serve;

public sealed class HandlerRunnerTests : TestedRunner
{
    private const int HandlerLeft = 4003, Started = 6001;
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NoLongerNew = TimeSpan.FromSeconds(1);

    private readonly WatchedTime _time;

    public HandlerRunnerTests()
        : this(new WatchedTime())
    {
    }

    private HandlerRunnerTests(WatchedTime time)
        : base(time) => _time = time;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_AHandlerThatThrows_EndsItsOwnConnectionOnly(bool isAsync)
    {
        Log.Expects(HandlerFailed);
        var other = await StartAsync(new EchoHandler(), isBuiltin: true);
        var failing = await StartAsync(new ScriptedHandler(async (_, _) =>
        {
            if (isAsync)
            {
                await Task.Yield();
            }

            throw new InvalidOperationException("a bug");
        }));

        var reset = await Assert.ThrowsAsync<SocketException>(failing.ReceiveToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        var failed = await Log.WhenAsync(HandlerFailed);
        Assert.IsType<InvalidOperationException>(failed[0].Exception);
        Assert.Equal("failed", (await Log.WhenAsync(Ended))[0]["End"]);

        await other.SendAsync("still here"u8.ToArray());
        other.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("still here", await other.ReceiveTextAsync());
        Assert.Equal("closed", (await Log.WhenAsync(Ended, 2))[1]["End"]);
        Assert.Empty(Tally.Live);
        Assert.Equal(2, Log.Of(Started).Count);
        Assert.Equal(2, Log.Of(Ended).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_ABuiltinBeginsOnTheLoop_APluginOnAPoolThread(bool isBuiltin)
    {
        var began = new TaskCompletionSource<(bool IsLoop, bool IsPool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartAsync(
            new ScriptedHandler((_, _) =>
            {
                began.SetResult((Loop.IsCurrent, Thread.CurrentThread.IsThreadPoolThread));
                return Task.CompletedTask;
            }),
            isBuiltin);

        Assert.Equal((isBuiltin, !isBuiltin), await began.Task.WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Start_APluginThatBlocksWhereverItContinues_DelaysNoBuiltin()
    {
        var latch = NewLatch();
        var blocking = await StartAsync(new ScriptedHandler(async (connection, _) =>
        {
            await connection.ReceiveAsync(new byte[1], CancellationToken.None);
            latch.Wait();
        }));
        await blocking.SendAsync("x"u8.ToArray());
        await latch.ReachedAsync();

        var other = await StartAsync(new EchoHandler(), isBuiltin: true);
        await other.SendAsync("not held up"u8.ToArray());
        other.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("not held up", await other.ReceiveTextAsync());
    }

    [Fact]
    public async Task Start_AHandlerThatReturnsEarly_ClosesInOrder()
    {
        var pair = await StartAsync(new ScriptedHandler((connection, _) => connection.SendAsync("bye"u8.ToArray(), CancellationToken.None)
            .AsTask()));
        await pair.SendAsync(new byte[5000]);

        Assert.Equal("bye", await pair.ReceiveTextAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        var ended = (await Log.WhenAsync(Ended))[0];
        Assert.Equal(("closed", 3L), (ended["End"], ended["BytesSent"]));
    }

    [Fact]
    public async Task Start_AClientThatResets_IsNoErrorOfTheHandler()
    {
        var pair = await StartAsync(new ScriptedHandler((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None)
            .AsTask()));
        pair.ResetByClient();

        Assert.Equal("reset", (await Log.WhenAsync(Ended))[0]["End"]);
        Assert.Empty(Log.Of(HandlerFailed));
    }

    [Fact]
    public async Task Start_AHandlerThatAborts_EndsAborted()
    {
        var pair = await StartAsync(new ScriptedHandler((connection, _) =>
        {
            connection.Abort();
            return connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        }));

        await Assert.ThrowsAsync<SocketException>(pair.ReceiveToEndAsync);
        Assert.Equal("aborted", (await Log.WhenAsync(Ended))[0]["End"]);
        Assert.Empty(Log.Of(HandlerFailed));
    }

    [Fact]
    public async Task Start_AHandlerThatThrowsABugAfterAReset_IsStillAnError()
    {
        Log.Expects(HandlerFailed);
        var pair = await StartAsync(new ScriptedHandler(async (connection, _) =>
        {
            await Record.ExceptionAsync(() => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask());
            throw new InvalidOperationException("a bug");
        }));
        pair.ResetByClient();

        await Log.WhenAsync(HandlerFailed);
        Assert.Equal("failed", (await Log.WhenAsync(Ended))[0]["End"]);
    }

    [Fact]
    public async Task Start_AClosedCallbackThatThrows_StillEndsTheRecord()
    {
        Log.Expects(HandlerFailed);
        await StartAsync(new ScriptedHandler((connection, _) =>
        {
            connection.Closed.Register(() => throw new InvalidOperationException("a bug"));
            connection.Abort();
            return Task.CompletedTask;
        }));

        Assert.Equal("aborted", (await Log.WhenAsync(Ended))[0]["End"]);
        Assert.Empty(Tally.Live);
    }

    [Fact]
    public async Task Start_ALoopThatOutlivesItsConnection_LogsForTheServiceOnly()
    {
        var logger = new HandlerLogger(Log, Tally.Use("test").Lines);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = Task.CompletedTask;
        var pair = await StartAsync(new ScriptedHandler((_, _) =>
        {
            loop = LoopAsync();
            return Task.CompletedTask;
        }));
        pair.Client.Shutdown(SocketShutdown.Send);
        await Log.WhenAsync(Ended);
        ended.SetResult();
        await loop.WaitAsync(Patience, Cancel);

        Assert.Equal([true, false], Log.Of(0).Select(logged => logged.Values.ContainsKey("ConnectionId")));
        Assert.All(Log.Of(0), logged => Assert.Equal("test", logged["Service"]));

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

        var stopping = Runner.StopAsync(Drain, CancellationToken.None);
        Assert.Empty(await pair.ReceiveToEndAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await stopping.WaitAsync(Patience, Cancel);

        Assert.Equal("stopped", Assert.Single(Log.Of(Ended))["End"]);
    }

    [Fact]
    public async Task Stop_AClientWhoseFirstBytesAreOnTheirWay_IsAnswered()
    {
        var pair = await StartAsync(new EchoHandler(), isBuiltin: true);
        var stopping = Runner.StopAsync(Drain, CancellationToken.None);
        await _time.TimerAsync();

        await pair.SendAsync("x"u8.ToArray());
        var buffer = new byte[1];
        Assert.Equal(1, await pair.Client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
        _time.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Empty(await pair.ReceiveToEndAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await stopping.WaitAsync(Patience, Cancel);
        Assert.Equal("stopped", Assert.Single(Log.Of(Ended))["End"]);
    }

    [Fact]
    public async Task Stop_ASilentClient_IsEndedWhenItIsNoLongerNew()
    {
        var pair = await StartAsync(new EchoHandler(), isBuiltin: true);
        var stopping = Runner.StopAsync(Drain, CancellationToken.None);
        await _time.TimerAsync();
        Assert.Empty(Log.Of(Ended));

        _time.Advance(NoLongerNew);

        Assert.Empty(await pair.ReceiveToEndAsync());
        pair.Client.Shutdown(SocketShutdown.Send);
        await stopping.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Stop_NothingLive_IsDoneImmediately() =>
        await Runner.StopAsync(Drain, CancellationToken.None).WaitAsync(Patience, Cancel);

    [Fact]
    public async Task Stop_AHandlerThatIgnoresTheToken_IsAbortedAfterTheDrain()
    {
        var pair = await StartAsync(new ScriptedHandler((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None)
            .AsTask()));
        _time.Advance(NoLongerNew);
        var stopping = Runner.StopAsync(Drain, CancellationToken.None);
        await _time.TimerAsync();
        _time.Advance(Drain - TimeSpan.FromMilliseconds(1));
        Assert.Empty(Log.Of(Ended));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await stopping.WaitAsync(Patience, Cancel);
        Assert.Equal("aborted", Assert.Single(Log.Of(Ended))["End"]);
        Assert.Empty(Log.Of(HandlerLeft));
        await Assert.ThrowsAsync<SocketException>(pair.ReceiveToEndAsync);
    }

    [Fact]
    public async Task Stop_AHandlerThatNeverReturns_IsLeftAndItsRecordClosedOnce()
    {
        var never = new TaskCompletionSource(TaskCreationOptions.None);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartAsync(new ScriptedHandler((_, _) =>
        {
            begun.SetResult();
            return never.Task;
        }));
        await begun.Task.WaitAsync(Patience, Cancel);
        var stopping = Runner.StopAsync(Drain, new CancellationToken(canceled: true));
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await stopping.WaitAsync(Patience, Cancel);

        Assert.Single(Log.Of(HandlerLeft));
        Assert.Equal("aborted", Assert.Single(Log.Of(Ended))["End"]);

        // Without a synchronization context everything behind the handler has run when this has returned.
        await Task.Run(never.SetResult, Cancel).WaitAsync(Patience, Cancel);
        Assert.Single(Log.Of(Ended));
    }
}
