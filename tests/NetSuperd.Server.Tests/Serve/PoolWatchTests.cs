using NetSuperd.Native;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

[Collection(Alone.Name)]
public sealed class PoolWatchTests : IDisposable
{
    private const int HandlerBlocks = 4002, Ended = 6002;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly ConnectionTally _tally;
    private readonly EventLoop _loop;
    private readonly List<SocketPair> _pairs = [];

    public PoolWatchTests()
    {
        _tally = new ConnectionTally(_log, TimeProvider.System);
        _loop = new EventLoop("test", _log.LoopFailed);
    }

    public void Dispose()
    {
        _pairs.ForEach(pair => pair.Dispose());
        _loop.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Watch_AHandlerThatBlocks_IsNamedOnceAndTheOthersAreNot()
    {
        using var runner = new HandlerRunner(_tally, _loop, _log, TimeProvider.System);
        runner.WatchPool();
        using var unblock = new ManualResetEventSlim();
        var waiting = new TaskCompletionSource();
        await StartAsync(
            runner, "waiting", new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask()));
        await StartAsync(runner, "elsewhere", new Delegated(async (_, _) => await waiting.Task));
        await StartAsync(runner, "blocking", new Delegated((_, _) =>
        {
            unblock.Wait(TestContext.Current.CancellationToken);
            return Task.CompletedTask;
        }));

        var blocks = await _log.WhenAsync(HandlerBlocks);

        unblock.Set();
        waiting.SetResult();
        await _log.WhenAsync(Ended, 2);
        Assert.Equal(("blocking", 1), (Assert.Single(blocks)["Service"], blocks[0]["Count"]));
        Assert.InRange((double)blocks[0]["Elapsed"]!, 1.0, 20.0);

        // Before its socket is closed under it.
        await runner.StopAsync(TimeSpan.Zero, CancellationToken.None);
    }

    [Fact]
    public async Task Watch_AStarvedPool_NamesTheRunningServiceAndNotTheQueuedOne()
    {
        using var runner = new HandlerRunner(_tally, _loop, _log, TimeProvider.System);
        runner.WatchPool();
        using var unblock = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out var workers, out _);
        ThreadPool.GetMaxThreads(out var mostWorkers, out var mostPorts);
        var blocking = workers + 8;
        for (var i = 0; i <= blocking; i++)
        {
            _pairs.Add(await SocketPair.TcpAsync());
        }

        // A pool that other tests have kept busy keeps as many threads as it found best then, and only a limit starves it for
        // certain. From there on nothing of this test gets a thread either, so it ends on the thread that logs.
        _log.OnLogged = logged =>
        {
            if (logged.Id == HandlerBlocks)
            {
                unblock.Set();
            }
        };
        ThreadPool.SetMaxThreads(workers, mostPorts);
        try
        {
            foreach (var pair in _pairs.SkipLast(1))
            {
                Start(runner, "blocking", pair, new Delegated(async (_, _) =>
                {
                    await Task.Yield();
                    unblock.Wait(Patience, TestContext.Current.CancellationToken);
                }));
            }

            Start(
                runner, "queued", _pairs[^1],
                new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask()));
            await _log.WhenAsync(Ended, blocking);
        }
        finally
        {
            ThreadPool.SetMaxThreads(mostWorkers, mostPorts);
        }

        var blocks = _log.Of(HandlerBlocks);
        Assert.Equal(["blocking"], blocks.Select(logged => logged["Service"]).Distinct());
    }

    [Fact]
    public async Task Watch_ManyHandlersThatBlock_ThePoolStillWorks()
    {
        const int Many = 200;
        using var runner = new HandlerRunner(_tally, _loop, _log, TimeProvider.System);
        runner.WatchPool();
        using var unblock = new ManualResetEventSlim();
        var handler = new Delegated(async (_, _) =>
        {
            await Task.Yield();
            unblock.Wait(TestContext.Current.CancellationToken);
        });
        for (var i = 0; i < Many; i++)
        {
            await StartAsync(runner, "blocking", handler);
        }

        // By itself the pool makes a thread or two a second: this would come after most of a minute.
        await Task.Run(() => { }, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

        unblock.Set();
        await _log.WhenAsync(Ended, Many);
    }

    [Fact]
    public async Task Watch_ManyHandlersThatCompute_DoNotMakeThePoolGrow()
    {
        var many = 50 * Environment.ProcessorCount;
        ThreadPool.GetMinThreads(out var usual, out _);
        using var runner = new HandlerRunner(_tally, _loop, _log, TimeProvider.System);
        runner.WatchPool();
        var most = 0;
        var handler = new Delegated((_, _) =>
        {
            // Less of a processor than counts as held, however long it takes on a crowded one.
            for (var begun = ThreadUse.Of(ThreadUse.CurrentThread)!.Value.Processor;
                ThreadUse.Of(ThreadUse.CurrentThread)!.Value.Processor - begun < TimeSpan.FromMilliseconds(100);)
            {
                Thread.SpinWait(100_000);
            }

            ThreadPool.GetMinThreads(out var threads, out _);
            InterlockedMax(ref most, threads);
            return Task.CompletedTask;
        });
        for (var i = 0; i < many; i++)
        {
            await StartAsync(runner, "computing", handler);
        }

        await _log.WhenAsync(Ended, many);

        Assert.InRange(most, usual, usual + (4 * Environment.ProcessorCount));
    }

    [Fact]
    public async Task Watch_ManyHandlersThatComputeForever_ThePoolStillWorks()
    {
        var many = 4 * Environment.ProcessorCount;
        using var runner = new HandlerRunner(_tally, _loop, _log, TimeProvider.System);
        runner.WatchPool();
        var isOver = false;
        var handler = new Delegated((_, _) =>
        {
            while (!Volatile.Read(ref isOver))
            {
                Thread.SpinWait(1000);
            }

            return Task.CompletedTask;
        });
        try
        {
            for (var i = 0; i < many; i++)
            {
                await StartAsync(runner, "computing", handler);
            }

            await Task.Run(() => { }, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        await _log.WhenAsync(Ended, many);
    }

    [Fact]
    public async Task Watch_WhatAHandlerHasStarted_IsTheHandlers()
    {
        using var runner = new HandlerRunner(_tally, _loop, _log, TimeProvider.System);
        runner.WatchPool();
        using var unblock = new ManualResetEventSlim();
        await StartAsync(runner, "elsewhere", new Delegated(async (_, _) =>
            await Task.Run(() => unblock.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken)
                .ConfigureAwait(false)));

        Assert.Equal("elsewhere", Assert.Single(await _log.WhenAsync(HandlerBlocks))["Service"]);

        unblock.Set();
        await _log.WhenAsync(Ended);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            seen = Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private async Task StartAsync(HandlerRunner runner, string service, IStreamHandler handler)
    {
        var pair = await SocketPair.TcpAsync();
        _pairs.Add(pair);
        Start(runner, service, pair, handler);
    }

    private void Start(HandlerRunner runner, string service, SocketPair pair, IStreamHandler handler) =>
        runner.Start(_tally.Handler(service, handler), pair.Server, _tally.Open(service, pair.Server));
}
