using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests;

/// <summary>Handlers that run, and their clients.</summary>
/// <remarks>
/// A test may end while a handler that it has started still runs. What a handler uses is disposed of when all of them have ended, so that
/// none fails for that reason.
/// </remarks>
public abstract class TestedRunner : IAsyncDisposable
{
    private protected const int HandlerFailed = 4001, Ended = 6002;
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<SocketPair> _pairs = [];
    private readonly List<Latch> _latches = [];

    private protected TestedRunner(TimeProvider time)
    {
        Tally = new ConnectionTally(Log, time);
        Loop = new EventLoop("test", new Epoll(), Log.LoopFailed, time);
        Runner = new HandlerRunner(Tally, Loop, Log, time);
    }

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected RecordingLogger Log { get; } = new();

    private protected ConnectionTally Tally { get; }

    private protected EventLoop Loop { get; }

    private protected HandlerRunner Runner { get; }

    public virtual async ValueTask DisposeAsync()
    {
        ReleaseLatches();
        foreach (var record in Tally.Live)
        {
            Runner.Find(record.Id)?.Abort();
        }

        await Runner.WhenEmptyAsync().WaitAsync(Patience);
        Loop.Dispose();
        Runner.Dispose();
        _pairs.ForEach(pair => pair.Dispose());
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Holds up threads until the test releases it, or ends.</summary>
    private protected Latch NewLatch()
    {
        _latches.Add(new Latch());
        return _latches[^1];
    }

    private protected void ReleaseLatches() => _latches.ForEach(latch => latch.Release());

    private protected async Task<SocketPair> PairAsync(bool isUnix = false)
    {
        _pairs.Add(await (isUnix ? SocketPair.UnixAsync() : SocketPair.TcpAsync()));
        return _pairs[^1];
    }

    private protected async Task<SocketPair> StartAsync(IStreamHandler handler, bool isBuiltin = false, string service = "test")
    {
        var pair = await PairAsync();
        Start(pair, handler, isBuiltin, service);
        return pair;
    }

    private protected void Start(SocketPair pair, IStreamHandler handler, bool isBuiltin = false, string service = "test") =>
        Runner.Start(Tally.Handler(service, handler, isBuiltin), pair.Server, Tally.Open(service, pair.Server));
}
