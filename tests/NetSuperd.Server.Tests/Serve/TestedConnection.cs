using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

/// <summary>Connections of handlers, each with its client. The loop ends before the sockets that it watches are closed.</summary>
public abstract class TestedConnection : IDisposable
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly TimeProvider _time;
    private readonly ConnectionTally _tally;
    private readonly List<SocketPair> _pairs = [];

    private protected TestedConnection(TimeProvider time)
    {
        _time = time;
        _tally = new ConnectionTally(_log, time);
        Loop = new EventLoop("test", new Epoll(), _log.LoopFailed, time);
    }

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected EventLoop Loop { get; }

    public void Dispose()
    {
        Loop.Dispose();
        _pairs.ForEach(pair => pair.Dispose());
        _log.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<(SocketConnection Connection, SocketPair Pair)> OpenAsync(
        bool isBuiltin = false, CancellationTokenSource? stopping = null, bool isUnix = false)
    {
        var pair = isUnix ? await SocketPair.UnixAsync() : await SocketPair.TcpAsync();
        _pairs.Add(pair);
        return (new SocketConnection(
            pair.Server, _tally.Open("echo", pair.Server), Maps.Admission, Loop, _time,
            isBuiltin ? stopping?.Token ?? CancellationToken.None : null), pair);
    }

    private protected static Task<T> Within<T>(ValueTask<T> task) => task.AsTask().WaitAsync(Patience);

    private protected static Task Within(ValueTask task) => task.AsTask().WaitAsync(Patience);
}
