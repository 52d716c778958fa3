using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tests.Serve;

[Collection(RunsAlone.Name)]
public sealed class PoolWatchTests : TestedRunner
{
    private const int HandlerBlocks = 4002;

    public PoolWatchTests()
        : base(TimeProvider.System) => Runner.WatchPool();

    [Fact]
    public async Task Watch_AHandlerThatBlocks_IsNamedOnceAndTheOthersAreNot()
    {
        var latch = NewLatch();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = new ScriptedHandler((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask());
        var blocker = new ScriptedHandler((_, _) =>
        {
            latch.Wait();
            return Task.CompletedTask;
        });
        await StartAsync(receiver, service: "waiting");
        await StartAsync(new ScriptedHandler(async (_, _) => await waiting.Task), service: "elsewhere");
        await StartAsync(blocker, service: "blocking");

        var blocks = await Log.WhenAsync(HandlerBlocks);

        latch.Release();
        waiting.SetResult();
        await Log.WhenAsync(Ended, 2);
        Assert.Equal(("blocking", 1), (Assert.Single(blocks)["Service"], blocks[0]["Count"]));
        Assert.True((double)blocks[0]["Elapsed"]! >= 1.0);
    }

    [Fact]
    public async Task Watch_AStarvedPool_NamesTheRunningServiceAndNotTheQueuedOne()
    {
        var latch = NewLatch();
        ThreadPool.GetMinThreads(out var workers, out _);
        ThreadPool.GetMaxThreads(out var mostWorkers, out var mostPorts);
        var blocking = workers + 8;
        var pairs = new List<SocketPair>();
        for (var i = 0; i <= blocking; i++)
        {
            pairs.Add(await PairAsync());
        }

        var blocker = new ScriptedHandler(async (_, _) =>
        {
            await Task.Yield();
            latch.Wait();
        });
        var receiver = new ScriptedHandler((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask());

        // A pool that other tests have kept busy keeps as many threads as it found best then, and only a limit starves it for
        // certain. From there on nothing of this test gets a thread either, so it ends on the thread that logs.
        Log.OnLogged = logged =>
        {
            if (logged.Id == HandlerBlocks)
            {
                latch.Release();
            }
        };
        ThreadPool.SetMaxThreads(workers, mostPorts);
        try
        {
            pairs.SkipLast(1).ToList().ForEach(pair => Start(pair, blocker, service: "blocking"));
            Start(pairs[^1], receiver, service: "queued");
            await Log.WhenAsync(Ended, blocking);
        }
        finally
        {
            ThreadPool.SetMaxThreads(mostWorkers, mostPorts);
        }

        var blocks = Log.Of(HandlerBlocks);
        Assert.Equal(["blocking"], blocks.Select(logged => logged["Service"]).Distinct());
    }

    [Fact]
    public async Task Watch_ManyHandlersThatBlock_ThePoolStillWorks()
    {
        const int Many = 200;
        var latch = NewLatch();
        var handler = new ScriptedHandler(async (_, _) =>
        {
            await Task.Yield();
            latch.Wait();
        });
        for (var i = 0; i < Many; i++)
        {
            await StartAsync(handler, service: "blocking");
        }

        // By itself the pool makes a thread or two a second: this would come after most of a minute.
        await Task.Run(() => { }, Cancel).WaitAsync(Patience, Cancel);

        latch.Release();
        await Log.WhenAsync(Ended, Many);
    }

    [Fact]
    public async Task Watch_ManyHandlersThatCompute_DoNotMakeThePoolGrow()
    {
        var many = 50 * Environment.ProcessorCount;
        ThreadPool.GetMinThreads(out var usual, out _);
        var grown = 0;

        // Less of a processor than counts as held, however long it takes on a crowded one. A handler that asked the system how much it has
        // used would wait for the others that ask.
        var turns = TurnsOf(TimeSpan.FromMilliseconds(100));
        var handler = new ScriptedHandler((_, _) =>
        {
            Thread.SpinWait(turns);
            ThreadPool.GetMinThreads(out var threads, out _);
            Interlocked.Add(ref grown, threads > usual + (4 * Environment.ProcessorCount) ? 1 : 0);
            return Task.CompletedTask;
        });
        for (var i = 0; i < many; i++)
        {
            await StartAsync(handler, service: "computing");
        }

        await Log.WhenAsync(Ended, many);

        // A pool that grows because it grows has grown before most handlers end.
        Assert.InRange(grown, 0, many / 4);
    }

    [Fact]
    public async Task Watch_ManyHandlersThatComputeForever_ThePoolStillWorks()
    {
        var many = 4 * Environment.ProcessorCount;
        var isOver = false;
        var handler = new ScriptedHandler((_, _) =>
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
                await StartAsync(handler, service: "computing");
            }

            await Task.Run(() => { }, Cancel).WaitAsync(Patience, Cancel);
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        await Log.WhenAsync(Ended, many);
    }

    [Fact]
    public async Task Watch_WhatAHandlerHasStarted_IsTheHandlers()
    {
        var latch = NewLatch();
        var starter = new ScriptedHandler(async (_, _) => await Task.Run(latch.Wait, CancellationToken.None).ConfigureAwait(false));
        await StartAsync(starter, service: "elsewhere");

        Assert.Equal("elsewhere", Assert.Single(await Log.WhenAsync(HandlerBlocks))["Service"]);

        latch.Release();
        await Log.WhenAsync(Ended);
    }

    /// <summary>The turns of a spinning thread that use as much processor time.</summary>
    private static int TurnsOf(TimeSpan processor)
    {
        const int Step = 100_000;
        var steps = 0;
        var begun = ThreadUse.Of(ThreadUse.CurrentThread)!.Value.Processor;
        for (; ThreadUse.Of(ThreadUse.CurrentThread)!.Value.Processor - begun < processor; steps++)
        {
            Thread.SpinWait(Step);
        }

        return steps * Step;
    }
}
