using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Listen;

namespace NetSuperd.Server.Tests;

/// <summary>The sockets of a map, which listen, and the children of its services.</summary>
public abstract class TestedSockets : IAsyncLifetime
{
    private readonly EventLoop _loop;

    private protected TestedSockets(params Port[] ports)
    {
        Map = Maps.Of(ports);
        Tally = new ConnectionTally(Log, TimeProvider.System);
        _loop = new EventLoop("test", new Epoll(), Log.LoopFailed);
        Sockets = new ListenerSet(new LinuxHost(), _loop, _loop, Log, TimeProvider.System, () => 0);
        Spawner = new Spawner(_loop, Tally, Log, TimeProvider.System);
    }

    private protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected Map Map { get; }

    private protected RecordingLogger Log { get; } = new();

    private protected ConnectionTally Tally { get; }

    private protected ListenerSet Sockets { get; }

    private protected Spawner Spawner { get; }

    public async ValueTask InitializeAsync() => Assert.Empty(await Sockets.ApplyAsync(
        Map, Receivers.Of((_, socket) => socket.Dispose()), NoSharing.Instance, isAllOrNone: true));

    public virtual async ValueTask DisposeAsync()
    {
        await Sockets.StopAsync().WaitAsync(Patience);
        Sockets.Dispose();
        _loop.Dispose();
        Spawner.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }
}
