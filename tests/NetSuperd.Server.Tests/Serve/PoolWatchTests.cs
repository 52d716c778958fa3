using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

[Collection(Alone.Name)]
public sealed class PoolWatchTests : IDisposable
{
    private const int HandlerBlocks = 4002, Ended = 6002;

    private readonly RecordingLogger _log = new();
    private readonly ConnectionTally _tally;
    private readonly List<SocketPair> _pairs = [];

    public PoolWatchTests() => _tally = new ConnectionTally(_log, TimeProvider.System);

    public void Dispose()
    {
        _pairs.ForEach(pair => pair.Dispose());
        _log.Dispose();
    }

    [Fact]
    public async Task Watch_AHandlerThatBlocks_IsNamedOnceAndTheOthersAreNot()
    {
        using var runner = new HandlerRunner(_tally, _log, TimeProvider.System);
        using var unblock = new ManualResetEventSlim();
        var waiting = new TaskCompletionSource();
        await StartAsync(runner, "waiting", new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask()));
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
    }

    [Fact]
    public async Task Watch_AStarvedPool_NamesWhoRunsAndNotWhoIsQueued()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.GetMaxThreads(out var mostWorkers, out var mostPorts);
        using var runner = new HandlerRunner(_tally, _log, TimeProvider.System);
        using var unblock = new ManualResetEventSlim();

        // A pool that has been busy before, with other tests, keeps the number of threads that it found best then.
        ThreadPool.SetMaxThreads(workers, mostPorts);
        var blocking = workers + 8;
        for (var i = 0; i < blocking; i++)
        {
            await StartAsync(runner, "blocking", new Delegated(async (_, _) =>
            {
                await Task.Yield();
                unblock.Wait(TestContext.Current.CancellationToken);
            }));
        }

        await StartAsync(runner, "queued", new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask()));
        IReadOnlyList<LoggedEvent> blocks;
        try
        {
            blocks = await _log.WhenAsync(HandlerBlocks);
        }
        finally
        {
            unblock.Set();
            ThreadPool.SetMaxThreads(mostWorkers, mostPorts);
            await _log.WhenAsync(Ended, blocking);
        }

        Assert.Equal(["blocking"], blocks.Select(logged => logged["Service"]).Distinct());
        Assert.True(mostWorkers > blocking && mostPorts > 0 && ports > 0);
    }

    private async Task StartAsync(HandlerRunner runner, string service, IStreamHandler handler)
    {
        var pair = await SocketPair.TcpAsync();
        _pairs.Add(pair);
        runner.Start(new HandlerInstance(Maps.Handler(service), handler, isBuiltin: false), pair.Server, _tally.Open(service, pair.Server));
    }
}
