using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Listen;

namespace NetSuperd.Server.Tests;

/// <summary>What a daemon tells its successor.</summary>
public sealed class HandoverTests : IAsyncLifetime
{
    private readonly RecordingLogger _log = new();
    private readonly EventLoop _loop = new("test", failure => throw failure);
    private readonly ListenerSet _sockets;
    private readonly ConnectionTally _tally;
    private readonly Gates _gates;

    public HandoverTests()
    {
        _sockets = new ListenerSet(_loop, _loop, _log, TimeProvider.System, () => 0);
        _tally = new ConnectionTally(_log, TimeProvider.System);
        _gates = new Gates(_log, TimeProvider.System);
    }

    public async ValueTask InitializeAsync()
    {
        var map = Maps.Of(Maps.Tcp(0, IPAddress.Loopback), Maps.Tcp(0, IPAddress.Parse("127.0.0.2"), Maps.Handler("other")));
        _gates.Apply(map);
        Assert.Empty(await _sockets.ApplyAsync(map, Receivers.Of((_, socket) => socket.Dispose()), Inheritance.None, isAllOrNone: true));
    }

    public async ValueTask DisposeAsync()
    {
        await _sockets.StopAsync();
        _sockets.Dispose();
        _loop.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Of_ADaemon_HasItsCountsAndWhatAnOperatorHasChanged()
    {
        using var pair = await SocketPair.TcpAsync();
        var id = _tally.Open("echo", pair.Server).Id;
        _gates.CountElsewhere(new Dictionary<string, int> { ["echo"] = 3 });
        await _sockets.PauseAsync("echo");
        await _sockets.StopAsync("other", TimeSpan.Zero);

        var handover = Handover.Of(_sockets, _tally, _gates);

        Assert.Equal((Environment.ProcessId, id + Handover.Gap), (handover.Pid, handover.LastId));
        Assert.Equal(["echo"], handover.Paused);
        Assert.Equal(["other"], handover.Stopped!);
        Assert.Equal([new("echo", 3)], handover.Live!);
        Assert.Empty(handover.Children!);
        Assert.Empty(handover.Servers!);
    }
}
